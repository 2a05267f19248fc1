"""Compiled inner loops of the search; plain arrays in, plain arrays out."""
