"""The machine's own clock and source of ids (law 23)."""
