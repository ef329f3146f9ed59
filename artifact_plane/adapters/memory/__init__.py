"""Everything in memory: the reference that the other adapters are compared with. Nothing survives the process."""
