"""Real doubles: sample values, a settable clock, ids in order. Nothing here is a mock."""
