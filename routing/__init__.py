"""Rounds and loads: distances, searches and their independent checks; no I/O."""
