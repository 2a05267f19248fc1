"""Take-back rules: state tables, policies, assignment; packaged data alone, no I/O, no clock."""
