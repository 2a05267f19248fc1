"""Take-back rules: states, policies, assignment, feeds; packaged data alone, no I/O, no clock."""
