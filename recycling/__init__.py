"""Take-back as rules: regions, recyclers, who collects what; no I/O, no clock, no randomness."""
