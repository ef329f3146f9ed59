"""What the command line shows, as values: blocks that ``plain`` writes as lines and ``terminal`` draws with rich."""
