"""A customer's own file of past shipments, read line by line: every line gets a verdict."""
