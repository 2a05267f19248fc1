"""ISO 14083 and GLEC sums: from an activity and a factor to an exact number; no I/O, no floats."""
