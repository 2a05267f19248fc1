"""Validators: they know the entities and nothing of the searches."""
