"""Plans of rounds and loads: entities, searches and validators; no I/O, no clock, no randomness of its own."""  # noqa: E501
