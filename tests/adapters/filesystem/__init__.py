"""The file adapters: real files, real processes, real signals."""
