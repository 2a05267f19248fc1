"""Compiled loops of the loading search: arrays in, arrays out, no objects and no clock."""
