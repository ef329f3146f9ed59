"""The lineage page: what is asked, what was found, how it is laid out, how it is drawn."""
