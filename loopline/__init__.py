"""The command line, and the one-command stack: composes every room."""
