"""A partner API with a planted bug: ``python -m tests.guarantees.faulty_api [BUG]``."""

import sys

from ledger import business_keys
from loopline.partner_api import partner_api
from tests.ledger import crash_target

SLOW_DISK_S = 0.3  # so long that a kill falls between the answer and the commit


def answer_long_before_commit() -> None:
    crash_target.SLOW_DISK_S = SLOW_DISK_S
    crash_target.answer_before_commit()


def no_dedupe_at_all() -> None:
    """Neither a key nor a business key is known again."""
    crash_target.no_dedupe()
    business_keys.find = lambda db, request: None
    business_keys.keep = lambda db, request, decision, answer, recorded_at: None


BUGS = {
    "": lambda: None,
    "answer_before_commit": answer_long_before_commit,
    "no_dedupe": no_dedupe_at_all,
}

if __name__ == "__main__":
    BUGS["".join(sys.argv[1:])]()
    partner_api(None)
