"""A process that puts and erases people, one after another, until it is killed.

``python -m tests.ledger.contact_kill_target FOLDER FIRST`` prints a line per acknowledged call.
"""

import sys
from pathlib import Path

from tests.ledger.contact_builders import contacts_in, person


def main(folder: Path, first: int) -> None:
    contacts = contacts_in(folder)
    tell("open")
    number = first
    while True:
        contact_id = contacts.put(person(number), tenant="maker", request_id=f"r{number}")
        tell(f"put {number} {contact_id}")
        if number % 2:
            tell(f"erasing {number} {contact_id}")
            contacts.erase(contact_id)
            tell(f"erased {number} {contact_id}")
        number += 1


def tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
