"""Lineage as a projection in ArangoDB, through python-arango; see ``docs/lineage-projection.md``."""
