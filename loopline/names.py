"""What people call the ids of their company: a TOML file, read when the warehouse is opened."""

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, RootModel, ValidationError

NAMED = ("category", "company", "base", "site", "partner", "region")
MAX_NAMES_BYTES = 1_048_576


class NamesRefused(Exception):
    """A names file that cannot be used; the message names file, key and value."""


class Name(BaseModel):
    """One id in both languages."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    zh: str = Field(min_length=1, max_length=100)
    en: str = Field(min_length=1, max_length=100)


class Names(RootModel[dict[str, dict[str, Name]]]):
    """The whole file: per dimension its ids."""


Announced = Mapping[str, Sequence[tuple[str, str, str]]]


def read_names(path: Path) -> Announced:
    """Return per dimension (id, Chinese, English).

    Raises
    ------
    NamesRefused
        If the file cannot be read or does not have the shape ``[base.qingdao] zh = en = ``.
    """
    try:
        raw = path.read_bytes()[:MAX_NAMES_BYTES]
        names = Names.model_validate(tomllib.loads(raw.decode("utf-8"))).root
    except OSError as error:
        raise NamesRefused(f"LOOPLINE_BOARD__NAMES={path}: {error.strerror}") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise NamesRefused(f"LOOPLINE_BOARD__NAMES={path} is no TOML: {error}") from None
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(str(part) for part in fault["loc"])
        raise NamesRefused(f"LOOPLINE_BOARD__NAMES={path}: {where}: {fault['msg']}") from None
    unknown = sorted(set(names) - set(NAMED))
    if unknown:
        raise NamesRefused(
            f"LOOPLINE_BOARD__NAMES={path}: {unknown[0]} is none of {', '.join(NAMED)}"
        )
    return {kind: [(i, name.zh, name.en) for i, name in ids.items()] for kind, ids in names.items()}
