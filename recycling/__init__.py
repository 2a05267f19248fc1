"""Take-back rules: state tables, guards and mass balance; no I/O, no clock, no randomness."""
