"""Places a file names, with a point each: read from a mapping's own places file."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from pydantic import Field, ValidationError, field_validator

from schemas.event import Contract, Id, Latitude, Longitude, Slug
from schemas.refusal import shown
from streams.history.errors import MappingError

MAX_PLACES = 100_000
MAX_PLACE_FLAGS = 3
PLACE_COLUMNS = (
    "kind", "name", "lat", "lon", "place", "country_code", "landlocked", "geonames_id", "flags",
    "note",
)  # fmt: skip


class KnownPlace(Contract):
    """A place as the file names it: its point, what stands there, and how it was found."""

    kind: Slug
    name: str = Field(min_length=1)
    lat: Latitude
    lon: Longitude
    place: Id
    country_code: str = Field(pattern="^[A-Z]{2}$")
    landlocked: bool
    geonames_id: str = ""
    flags: tuple[Slug, ...] = Field((), max_length=MAX_PLACE_FLAGS)
    note: str = ""

    @field_validator("flags", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(value.split()) if isinstance(value, str) else value


@dataclass(frozen=True, slots=True)
class Places:
    """Every place of one places file, by the name the source gives it."""

    by_name: Mapping[str, KnownPlace]

    def find(self, name: str) -> KnownPlace | None:
        """Return the place called ``name``, if it is known."""
        return self.by_name.get(name)


NO_PLACES = Places(MappingProxyType({}))


def read_places(data: bytes, *, file: str) -> Places:
    """Return the places of ``data``, a UTF-8 CSV with the columns ``PLACE_COLUMNS``.

    Raises
    ------
    MappingError
        If a row is wrong or names a place twice; the sentence names file, row and value.
    """
    try:
        rows = [*csv.DictReader(data.decode().splitlines(), strict=True)]
    except (UnicodeDecodeError, csv.Error) as error:
        raise MappingError(f"{file}: cannot be read as UTF-8 CSV: {error}") from None
    if len(rows) > MAX_PLACES:
        raise MappingError(f"{file}: has {len(rows)} places, at most {MAX_PLACES} are read")
    found: dict[str, KnownPlace] = {}
    for line_no, row in enumerate(rows, 2):
        place = _place(row, where=f"{file}: line {line_no}")
        if place.name in found:
            raise MappingError(f"{file}: line {line_no}: {place.name!r} is named twice")
        found[place.name] = place
    return Places(MappingProxyType(found))


def _place(row: Mapping[str | None, object], *, where: str) -> KnownPlace:
    try:
        return KnownPlace.model_validate({key or "_": value for key, value in row.items()})
    except ValidationError as error:
        wrong = error.errors()[0]
        key = ".".join(str(part) for part in wrong["loc"])
        raise MappingError(f"{where}: {key}: {wrong['msg']}, got {shown(wrong['input'])}") from None
