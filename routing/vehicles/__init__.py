"""Vehicle routing: the arrays of a problem, the search over them, engines, explanation."""
