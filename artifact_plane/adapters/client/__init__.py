"""A client of a running service: the application's driving port, spoken over HTTP."""
