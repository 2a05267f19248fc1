"""Files that a planner hands to ``loopline plan``: texts, or one sentence why not."""

from pathlib import Path

from loopline import say
from loopline.json_file import MAX_FILE_BYTES

MAX_FOLDER_FILES = 20


def read_text_or_refuse(file: Path) -> str:
    """Return the text of ``file`` without its byte-order mark, or end with one sentence."""
    try:
        if file.stat().st_size > MAX_FILE_BYTES:
            say.refuse(f"{file} is larger than {MAX_FILE_BYTES} bytes", say.EXIT_BAD_INPUT)
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        say.refuse(f"{file} is not UTF-8: {error.reason}", say.EXIT_BAD_INPUT)
    except OSError as error:
        say.refuse(f"{file} cannot be read: {error.strerror or error}", say.EXIT_BAD_INPUT)


def read_folder_or_refuse(folder: Path) -> dict[str, str]:
    """Return the texts of a folder's CSV files by name, or end with one sentence."""
    files = sorted(folder.glob("*.csv"))
    if not files or len(files) > MAX_FOLDER_FILES:
        say.refuse(
            f"{folder} holds {len(files)} CSV files, not 1 to {MAX_FOLDER_FILES}",
            say.EXIT_BAD_INPUT,
        )
    return {one.name: read_text_or_refuse(one) for one in files}
