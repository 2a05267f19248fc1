"""``loopline contacts erase``: done, or one sentence and an exit code."""

import base64
import os
from pathlib import Path

import pytest

from ledger.contact import MaySee
from ledger.contact_refusals import ContactGone
from tests.ledger.contact_builders import KEY, OTHER_KEY, every_byte, opened, person
from tests.loopline.command import answer, run

NOBODY = "00000000-0000-4000-8000-000000000000"

pytestmark = pytest.mark.timeout(120)


def settings(folder: Path, secret: bytes = KEY.secret) -> dict[str, str]:
    return {
        "LOOPLINE_CONTACTS__DIR": str(folder),
        "LOOPLINE_CONTACTS__MASTER_KEY": base64.b64encode(secret).decode(),
    }


def put(folder: Path) -> str:
    with opened(folder) as contacts:
        return contacts.put(person(), tenant="maker", request_id="r")


def test_a_person_is_erased_and_stays_so(tmp_path: Path) -> None:
    contact_id = put(tmp_path)

    first = run(tmp_path, "contacts", "erase", contact_id, extra_env=settings(tmp_path))
    again = run(tmp_path, "contacts", "erase", contact_id, "--json", extra_env=settings(tmp_path))

    assert (first.returncode, again.returncode) == (0, 0), first.stderr + again.stderr
    assert answer(again)["contact_id"] == contact_id
    assert first.stdout == f"contact {contact_id} is erased since {answer(again)['erased_at']}\n"
    with opened(tmp_path) as contacts, pytest.raises(ContactGone):
        contacts.get(contact_id, tenant="maker", may_see=MaySee.FULL)


def test_a_key_file_serves_as_well(tmp_path: Path) -> None:
    contact_id = put(tmp_path / "contacts")
    file = tmp_path / "master.key"
    file.write_bytes(base64.b64encode(KEY.secret))
    file.chmod(0o600)
    environment = {
        "LOOPLINE_CONTACTS__DIR": str(tmp_path / "contacts"),
        "LOOPLINE_CONTACTS__MASTER_KEY_FILE": str(file),
    }

    done = run(tmp_path, "contacts", "erase", contact_id, extra_env=environment)

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("changed", "code", "said"),
    [
        ({"LOOPLINE_CONTACTS__MASTER_KEY": ""}, 2, "contacts need a master key: set"),
        ({"LOOPLINE_CONTACTS__MASTER_KEY": "c2hvcnQ="}, 2, "holds 5 bytes, a master key has 32"),
        (settings(Path("var"), OTHER_KEY.secret), 2, "not the one that the contact store was"),
        ({"LOOPLINE_CONTACTS__DIR": "no-such-folder"}, 3, "there is no contact store in"),
        ({}, 1, "no such contact"),
    ],
)
def test_what_cannot_be_is_one_sentence_and_nothing_is_erased(
    tmp_path: Path, changed: dict[str, str], code: int, said: str
) -> None:
    contact_id = put(tmp_path)
    environment = settings(tmp_path) | changed
    if said.startswith("not the one"):
        environment["LOOPLINE_CONTACTS__DIR"] = str(tmp_path)

    done = run(
        tmp_path, "contacts", "erase", contact_id if changed else NOBODY, extra_env=environment
    )

    assert done.returncode == code, done.stderr
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert done.stdout == ""
    with opened(tmp_path) as contacts:
        assert contacts.get(contact_id, tenant="maker", may_see=MaySee.FULL) == person()
        assert contacts.erasures() == []
    assert not Path("no-such-folder").exists()


def test_where_somebody_holds_the_store_it_is_named_with_exit_3(tmp_path: Path) -> None:
    contact_id = put(tmp_path)
    with opened(tmp_path) as contacts:
        before = every_byte(tmp_path)

        done = run(tmp_path, "contacts", "erase", contact_id, extra_env=settings(tmp_path))

        assert done.returncode == 3
        assert f"is held by PID {os.getpid()}" in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1
        assert every_byte(tmp_path) == before
        assert contacts.get(contact_id, tenant="maker", may_see=MaySee.FULL) == person()
