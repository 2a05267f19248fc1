"""A master key that is missing, short or readable by others is one sentence, and no start."""

import base64
import os
from pathlib import Path

import pytest
from pydantic import SecretStr

from ledger.contact_key import KEY_BYTES, MasterKey, master_key_of
from ledger.contact_refusals import MasterKeyRefused
from runtime.settings import ContactSettings, SettingsRefused, read_settings

SECRET = bytes(range(KEY_BYTES))
TEXT = base64.b64encode(SECRET).decode()


def file_with(folder: Path, content: bytes, mode: int = 0o600) -> Path:
    file = folder / "master.key"
    file.write_bytes(content)
    file.chmod(mode)
    return file


def test_it_comes_from_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOOPLINE_CONTACTS__MASTER_KEY", TEXT)

    settings = read_settings().contacts

    assert master_key_of(settings).secret == SECRET
    assert TEXT not in repr(settings)


@pytest.mark.parametrize("content", [TEXT, f"{TEXT}\n", f"  {TEXT}\r\n"])
@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_it_comes_from_a_file_that_its_owner_alone_reads(
    tmp_path: Path, content: str, mode: int
) -> None:
    file = file_with(tmp_path, content.encode(), mode)

    assert master_key_of(ContactSettings(master_key_file=file)).secret == SECRET


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601, 0o666, 0o777])
def test_a_file_that_others_may_use_is_refused(tmp_path: Path, mode: int) -> None:
    file = file_with(tmp_path, TEXT.encode(), mode)

    with pytest.raises(MasterKeyRefused, match=f"has mode {mode:04o}, others may use it; chmod"):
        master_key_of(ContactSettings(master_key_file=file))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "holds 0 bytes, a master key has 32"),
        (base64.b64encode(SECRET[:31]), "holds 31 bytes, a master key has 32"),
        (base64.b64encode(SECRET + b"x"), "holds 33 bytes, a master key has 32"),
        (SECRET, "is no base64"),
        (b"\xff" * 44, "is no base64"),
        (b"not base64!", "is no base64"),
        (base64.b64encode(bytes(32)), "equal bytes"),
        (b"A" * 5_000, "holds more than 1024 bytes"),
    ],
)
def test_a_file_without_a_key_is_refused(tmp_path: Path, content: bytes, told: str) -> None:
    file = file_with(tmp_path, content)

    with pytest.raises(MasterKeyRefused, match=told) as refused:
        master_key_of(ContactSettings(master_key_file=file))

    assert TEXT not in str(refused.value)


def test_a_key_that_is_missing_is_named_with_both_remedies() -> None:
    with pytest.raises(MasterKeyRefused) as refused:
        master_key_of(ContactSettings())

    assert "LOOPLINE_CONTACTS__MASTER_KEY_FILE" in str(refused.value)
    assert "openssl rand -base64 32" in str(refused.value)


def test_two_keys_are_one_too_many(tmp_path: Path) -> None:
    both = ContactSettings(
        master_key=SecretStr(TEXT), master_key_file=file_with(tmp_path, TEXT.encode())
    )

    with pytest.raises(MasterKeyRefused, match="are both set; unset one"):
        master_key_of(both)


def test_a_file_that_is_none_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)

    for name, told in (("absent", "No such file"), ("pipe", "no regular"), (".", "no regular")):
        with pytest.raises(MasterKeyRefused, match=told):
            master_key_of(ContactSettings(master_key_file=tmp_path / name))


@pytest.mark.parametrize("secret", [b"", b"x" * 31, b"y" * 33, bytes(32), b"z" * 32])
def test_what_is_no_key_cannot_be_made_one(secret: bytes) -> None:
    with pytest.raises(MasterKeyRefused):
        MasterKey(secret)


@pytest.mark.parametrize(
    "name",
    [
        "LOOPLINE_CONTACTS__MASTER_KEYS",
        "LOOPLINE_CONTACTS__MASTERKEY",
        "LOOPLINE_CONTACT__MASTER_KEY",
        "LOOPLINE_CONTACTS",
        "LOOPLINE_MASTER_KEY",
    ],
)
def test_a_slip_of_the_pen_does_not_tell_the_key(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, TEXT)

    with pytest.raises(SettingsRefused, match=name) as refused:
        read_settings()

    assert TEXT not in str(refused.value)
    assert "not shown" in str(refused.value)
