"""Keeps a file so that it is there after a power cut, under the name of its content."""

import os
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from secrets import token_hex


def keep(
    folder: Path,
    name: PurePosixPath,
    content: bytes,
    *,
    unique: Callable[[], str] = lambda: token_hex(8),
) -> Path:
    """Return where ``content`` lies once it is on the disk, its name and folders with it.

    A name tells its content, so that a file that is there already is left alone. Blocking.

    Raises
    ------
    OSError
        If it cannot be written; nothing stays under ``name`` then.
    """
    path = folder / name
    if not (path.is_file() and path.stat().st_size == len(content)):
        _make_folders(path.parent)
        _put(path, content, unique())
    _sync_folder(path.parent)  # also of a name that a crash left unsynced
    return path


def _put(path: Path, content: bytes, unique: str) -> None:
    draft = path.with_name(f".{path.name}.{unique}")
    try:
        _write(draft, content)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _write(draft: Path, content: bytes) -> None:
    with draft.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _make_folders(inner: Path) -> None:
    """Make the folders down to ``inner``, each known to its parent on the disk."""
    missing = [one for one in (inner, *inner.parents) if not one.is_dir()]
    for one in reversed(missing):
        one.mkdir(exist_ok=True)
        _sync_folder(one.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
