"""Whenever the process that writes is killed, each put and each erasure is there whole or not."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ledger.contact import MaySee, Person
from ledger.contact_refusals import ContactGone
from ledger.contact_store import SqliteContacts
from tests.builders import ROOT
from tests.ledger.contact_builders import every_byte, opened, person, raw, sealed_parts

KILLS = 12
SEED = 20261125
PER_RUN = 100_000

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def killed(folder: Path, first: int, after_s: float) -> list[list[str]]:
    """Return what was acknowledged before the kill, each line whole."""
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.ledger.contact_kill_target", str(folder), str(first)],
        stdout=subprocess.PIPE, text=True, cwd=ROOT,
    )  # fmt: skip
    assert child.stdout is not None
    assert child.stdout.readline() == "open\n"
    time.sleep(after_s)
    child.send_signal(signal.SIGKILL)
    told, _ = child.communicate()
    assert child.returncode == -signal.SIGKILL
    return [line.split() for line in told.splitlines(keepends=True) if line.endswith("\n")]


def seen(contacts: SqliteContacts, contact_id: str) -> Person | None:
    try:
        return contacts.get(contact_id, tenant="maker", may_see=MaySee.FULL)
    except ContactGone:
        return None


def test_whenever_the_writer_is_killed_put_and_erase_are_whole(tmp_path: Path) -> None:
    draw = random.Random(SEED)
    numbers: dict[str, int] = {}
    erased: set[str] = set()
    half_way = 0
    for run in range(KILLS):
        told = killed(tmp_path, run * PER_RUN, draw.uniform(0.0, 0.25))
        numbers |= {line[2]: int(line[1]) for line in told}
        erased |= {line[2] for line in told if line[0] == "erased"}
        half_way += bool(told) and told[-1][0] == "erasing"

        with opened(tmp_path) as contacts:
            gone = {one for one in numbers if seen(contacts, one) is None}
            begun = {line[2] for line in told[-1:] if line[0] == "erasing"}
            assert erased <= gone <= erased | begun
            assert {one.contact_id for one in contacts.erasures()} == gone
            erased = gone
            for contact_id in numbers.keys() - gone:
                assert seen(contacts, contact_id) == person(numbers[contact_id])
            # A put that was stored and not acknowledged is found by its request.
            number = max((int(line[1]) for line in told), default=run * PER_RUN - 1) + 1
            late = contacts.put(person(number), tenant="maker", request_id=f"r{number}")
            numbers[late] = number
            assert sealed_parts(tmp_path).keys() == numbers.keys() - gone

    assert len(numbers) > KILLS
    assert len(erased) > KILLS // 2
    assert half_way
    with raw(tmp_path) as db:
        assert db.execute("pragma integrity_check").fetchall() == [("ok",)]
        assert db.execute("pragma foreign_key_check").fetchall() == []


def test_after_a_kill_before_the_log_was_emptied_the_next_start_empties_it(tmp_path: Path) -> None:
    told = (
        "import os, signal, sys; from pathlib import Path; from tests.ledger.contact_builders "
        "import *; from ledger.contact_file import WriterFile; "
        "contacts = contacts_in(Path(sys.argv[1])); "
        "one = contacts.put(person(), tenant='maker', request_id='r'); "
        "print(sealed_parts(Path(sys.argv[1]))[one][1].hex(), flush=True); "
        "WriterFile.empty_log = lambda self: os.kill(os.getpid(), signal.SIGKILL); "
        "contacts.erase(one)"
    )
    child = subprocess.run(
        [sys.executable, "-c", told, str(tmp_path)],
        capture_output=True, text=True, cwd=ROOT, check=False,
    )  # fmt: skip
    assert child.returncode == -signal.SIGKILL
    ciphertext = bytes.fromhex(child.stdout)
    assert ciphertext in every_byte(tmp_path)

    with opened(tmp_path) as contacts:
        assert len(contacts.erasures()) == 1
        assert ciphertext not in every_byte(tmp_path)
