"""Texts of problems in, instances or defects out; whoever calls opens the files."""
