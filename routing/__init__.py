"""Rounds with the least cost and carbon: distances, the search, its independent check; no I/O."""
