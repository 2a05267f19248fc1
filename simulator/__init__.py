"""A seeded company whose events are plausible, with a seeded share of faults.

No I/O but its own packaged data, no clock: seed, days and scale decide every byte.
"""
