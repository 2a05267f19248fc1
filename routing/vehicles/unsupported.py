"""What an engine says to a rule that it cannot model."""


class UnsupportedConstraintError(ValueError):
    """A rule that an engine cannot model; the message names both."""
