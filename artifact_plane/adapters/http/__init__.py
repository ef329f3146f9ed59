"""The HTTP service: a driving adapter. Litestar behind a gate of our own; see ``app.create_app``."""
