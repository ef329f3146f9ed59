"""How near the plane comes to what the machine can do: ``python -m benchmarks`` (see ``docs/performance.md``)."""
