"""Tables as the realms read them: CSV and JSON records in one pass and bounded memory, and what their columns hold."""
