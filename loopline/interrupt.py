"""Ctrl-C and SIGTERM as a flag: the main loop looks at it, and ends what it started in order."""

import signal
from types import FrameType


class Interrupt:
    """Says whether somebody asked this process to end."""

    def __init__(self) -> None:
        """Take over SIGINT and SIGTERM."""
        self.came = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._note)

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self.came = True
