"""Take-back rules: state tables, policies, appraisal; packaged data, no I/O, no clock."""
