"""A JSON file that a person hands to a verb."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from loopline import say

MAX_FILE_BYTES = 50_000_000


def read_json_or_refuse(file: Path) -> Any:
    """Return what ``file`` holds, its decimals exactly as written, or end with one sentence."""
    try:
        if file.stat().st_size > MAX_FILE_BYTES:
            say.refuse(f"{file} is larger than {MAX_FILE_BYTES} bytes", say.EXIT_BAD_INPUT)
        return json.loads(file.read_text(encoding="utf-8"), parse_float=Decimal)
    except OSError as error:
        say.refuse(f"{file} cannot be read: {error.strerror or error}", say.EXIT_BAD_INPUT)
    except (ValueError, RecursionError) as error:
        say.refuse(f"{file} is no JSON of UTF-8: {error}", say.EXIT_BAD_INPUT)
