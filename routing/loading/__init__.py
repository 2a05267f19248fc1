"""Loads: what goes where in a vehicle's body, in which sequence, and what stays behind and why."""
