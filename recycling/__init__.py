"""Take-back as rules: what partners sent and what it changed; no I/O, no clock, no randomness."""
