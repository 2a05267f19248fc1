"""A file is on the disk, whole and under its name, before anybody is told so."""

import os
from pathlib import Path, PurePosixPath

import pytest

from web.partner.upload_store import keep

NAME = PurePosixPath("ab/cd/abcd.jpg")


def test_a_file_is_kept_under_its_name_and_nothing_else_lies_there(tmp_path: Path) -> None:
    path = keep(tmp_path, NAME, b"pixels")

    assert path.read_bytes() == b"pixels"
    assert [one for one in tmp_path.rglob("*") if one.is_file()] == [tmp_path / NAME]


def test_the_same_content_again_leaves_the_file_alone(tmp_path: Path) -> None:
    first = keep(tmp_path, NAME, b"pixels").stat()

    assert keep(tmp_path, NAME, b"pixels").stat().st_ino == first.st_ino


def test_a_file_that_is_shorter_than_its_content_is_written_anew(tmp_path: Path) -> None:
    (tmp_path / NAME).parent.mkdir(parents=True)
    (tmp_path / NAME).write_bytes(b"pix")

    assert keep(tmp_path, NAME, b"pixels").read_bytes() == b"pixels"


def test_bytes_then_name_then_folder_go_to_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    fsync, replace = os.fsync, Path.replace

    def watched_fsync(handle: int) -> None:
        kind = "folder" if os.path.isdir(f"/proc/self/fd/{handle}") else "bytes"
        done.append(kind)
        fsync(handle)

    def watched_replace(self: Path, target: Path) -> Path:
        done.append("name")
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", watched_fsync)
    monkeypatch.setattr(Path, "replace", watched_replace)

    keep(tmp_path, NAME, b"pixels")

    assert done == ["folder", "folder", "bytes", "name", "folder"]


def test_a_write_that_fails_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    (tmp_path / NAME).parent.mkdir(parents=True)
    monkeypatch.setattr(os, "fsync", full)

    with pytest.raises(OSError, match="No space"):
        keep(tmp_path, NAME, b"pixels")

    assert not [one for one in tmp_path.rglob("*") if one.is_file()]
