"""Secrets a process makes for itself."""

from pathlib import Path

import pytest

from runtime.secret_file import SecretRefused, read_or_make


def test_a_secret_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "secrets" / "a.secret"

    first = read_or_make(file, lambda: b"one")
    again = read_or_make(file, lambda: b"two")

    assert (first, again) == (b"one", b"one")
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(file.parent.iterdir()) == [file]


def test_a_secret_that_others_may_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.secret"
    file.write_bytes(b"one")
    file.chmod(0o644)

    with pytest.raises(SecretRefused, match="chmod 0600"):
        read_or_make(file, lambda: b"two")


def test_an_empty_secret_and_a_folder_are_refused(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.touch(mode=0o600)

    with pytest.raises(SecretRefused, match="0 bytes"):
        read_or_make(empty, lambda: b"x")
    with pytest.raises(SecretRefused):
        read_or_make(tmp_path, lambda: b"x")
