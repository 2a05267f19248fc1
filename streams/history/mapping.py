"""A mapping: which column of a customer's file means what, written as TOML, read strictly."""

import tomllib
from collections.abc import Callable, Iterator
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from schemas.event import Contract, Slug
from schemas.refusal import shown
from schemas.vocabulary import LegKind, TransportMode
from streams.history.errors import MappingError, nearest
from streams.history.places import NO_PLACES, Places, read_places
from streams.history.rules import ColumnRule, Rule

PACKAGED = Path(__file__).parent / "mappings"
MAX_MAPPING_BYTES = 256 * 1024
MAX_PLACES_BYTES = 64 * 1024**2
MODES = tuple(mode.value for mode in TransportMode)
MAX_LINE_FLAGS = 6  # an event has room for 16, and mass, places and sea route bring their own

Encoding = Literal["utf-8", "utf-8-sig", "ascii", "latin-1", "cp1252", "gb18030", "gbk", "big5"]


class Source(Contract):
    """What the file is, stated and never guessed."""

    id: Slug
    format: Literal["csv", "tsv"]
    encoding: Encoding
    line_end: Literal["cr", "lf", "crlf"]
    key: tuple[str, ...] = Field(min_length=1)
    identity: tuple[str, ...] = ()
    null_text: tuple[str, ...] = ("",)


class Target(Contract):
    """What a line becomes: one rule per field of the event."""

    @property
    def rules(self) -> Iterator[tuple[str, ColumnRule]]:
        """Every rule that is given, by the name of its field."""
        for name in type(self).model_fields:
            rule = getattr(self, name)
            if rule is not None:
                yield name, rule

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column the target looks at, each once."""
        return tuple(dict.fromkeys(c for _, rule in self.rules for c in rule.columns))

    @model_validator(mode="after")
    def _values_are_words_of_the_house(self) -> Self:
        for name, rule in self.rules:
            _refuse_values(name, rule)
            _refuse_without(name, rule)
        return self


class OrderRoute(Target):
    """How a line becomes ``ForwardOrderRouted``."""

    order_line_id: Rule
    category: Rule
    delivered_on: Rule
    is_direct: Rule | None = None
    mode: Rule | None = None
    ordered_on: Rule | None = None
    promised_on: Rule | None = None


class TransportLeg(Target):
    """How a line becomes ``LegCompleted``."""

    shipment_id: Rule
    consignment_id: Rule
    occurred_at: Rule
    category: Rule
    mass_kg: Rule
    mode: Rule
    origin: Rule
    destination: Rule
    leg: Rule = ColumnRule(constant=LegKind.MAIN_LINE)
    is_direct: Rule | None = None


class Targets(Contract):
    """What the lines of the file become; each target judges a line by itself."""

    order_route: OrderRoute | None = None
    transport_leg: TransportLeg | None = None

    @property
    def given(self) -> Iterator[tuple[str, Target]]:
        """The targets of this mapping, by name."""
        for name in type(self).model_fields:
            target = getattr(self, name)
            if target is not None:
                yield name, target

    @model_validator(mode="after")
    def _at_least_one(self) -> Self:
        if not [*self.given]:
            raise ValueError("a mapping needs a target: order_route, transport_leg, or both")
        return self


class LineFlag(Contract):
    """A column whose text, if it is no plain number, flags the line."""

    id: Slug
    column: str
    unless: Literal["number"] = "number"


class Plausible(Contract):
    """Two days of a line and the days that may lie between them; outside is flagged."""

    id: Slug
    start: Rule
    end: Rule
    minimum_days: int = 0
    maximum_days: int = 1_095

    @model_validator(mode="after")
    def _two_dates(self) -> Self:
        if self.start.date is None or self.end.date is None:
            raise ValueError("start and end each need a date format")
        return self


class MappingText(Contract):
    """The TOML of a mapping, as written."""

    source: Source
    target: Targets
    flag: tuple[LineFlag, ...] = ()
    plausible: tuple[Plausible, ...] = ()

    @model_validator(mode="after")
    def _few_flags(self) -> Self:
        if len(self.flag) + len(self.plausible) > MAX_LINE_FLAGS:
            raise ValueError(f"at most {MAX_LINE_FLAGS} of flag and plausible together")
        return self


@dataclass(frozen=True, slots=True)
class Mapping:
    """A mapping ready for use: its text and the places it names."""

    file: str
    text: MappingText
    places: MappingOf[str, Places] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def source(self) -> Source:
        """What the file is."""
        return self.text.source

    @property
    def columns(self) -> dict[str, str]:
        """Every column the mapping looks at, and the key that first names it."""
        named: dict[str, str] = {}
        for key in ("key", "identity"):
            named.update({c: f"source.{key}" for c in getattr(self.source, key) if c not in named})
        for where, rule in _dated_and_mapped(self.text):
            named.update({c: where for c in rule.columns if c not in named})
        for flag in self.text.flag:
            named.setdefault(flag.column, f"flag.{flag.id}")
        return named

    def places_of(self, rule: ColumnRule) -> Places:
        """Return the places a rule looks in; none where its file does not exist yet."""
        return self.places.get(rule.places or "", NO_PLACES)

    def refuse_other_columns(self, columns: tuple[str, ...]) -> None:
        """Raise ``MappingError`` if the mapping names a column that ``columns`` does not have."""
        for name, where in self.columns.items():
            if name not in columns:
                raise MappingError(
                    f"{self.file}: {where}: no column {name!r} in the file{nearest(name, columns)}"
                )


def mapping_named(name_or_path: str) -> Mapping:
    """Return the packaged mapping of that name, or the one in the file of that path.

    A places file that does not exist yet knows no place: its legs stand as ``place_unknown``.

    Raises
    ------
    MappingError
        If there is none, or it cannot be used; the sentence names file, key and value.
    """
    path = Path(name_or_path)
    if path.suffix != ".toml":
        path = PACKAGED / f"{name_or_path}.toml"
        packaged = [file.stem for file in PACKAGED.glob("*.toml")]
        if name_or_path not in packaged:
            raise MappingError(f"no mapping {name_or_path!r}{nearest(name_or_path, packaged)}")
    text = _bytes_of(path, limit=MAX_MAPPING_BYTES)
    if text is None:
        raise MappingError(f"{path}: no such mapping file")
    return read_mapping(
        text, file=path.name, places=lambda f: _bytes_of(path.parent / f, limit=MAX_PLACES_BYTES)
    )


def read_mapping(
    data: bytes, *, file: str, places: Callable[[str], bytes | None] = lambda name: None
) -> Mapping:
    """Return the mapping written in ``data``; ``places`` returns the bytes of a places file.

    Raises
    ------
    MappingError
        If it cannot be used; the sentence names file, key and value.
    """
    try:
        text = MappingText.model_validate(tomllib.loads(data.decode()))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise MappingError(f"{file}: is no UTF-8 TOML: {error}") from None
    except ValidationError as error:
        raise MappingError(f"{file}: {_sentence(error)}") from None
    named = {rule.places for _, rule in _dated_and_mapped(text) if rule.places is not None}
    found = {name: places(name) for name in sorted(named)}
    read = {n: read_places(rows, file=n) for n, rows in found.items() if rows is not None}
    return Mapping(file, text, MappingProxyType(read))


def _dated_and_mapped(text: MappingText) -> Iterator[tuple[str, ColumnRule]]:
    for name, target in text.target.given:
        yield from ((f"target.{name}.{key}", rule) for key, rule in target.rules)
    for rule in text.plausible:
        yield f"plausible.{rule.id}.start", rule.start
        yield f"plausible.{rule.id}.end", rule.end


def _bytes_of(path: Path, *, limit: int) -> bytes | None:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise MappingError(f"{path}: cannot be read: {error.strerror}") from None
    if len(data) > limit:
        raise MappingError(f"{path}: has {len(data)} bytes, at most {limit} are read")
    return data


def _sentence(error: ValidationError) -> str:
    wrong = error.errors()[0]
    key = ".".join(str(part) for part in wrong["loc"])
    if wrong["type"] == "extra_forbidden":
        return f"{key}: no such key{nearest(str(wrong['loc'][-1]), _known_keys(wrong['loc']))}"
    if wrong["type"] == "missing":
        return f"{key}: is missing"
    sentence = wrong["msg"].removeprefix("Value error, ")
    found = "" if isinstance(wrong["input"], dict) else f", got {shown(wrong['input'])}"
    return f"{key}: {sentence}{found}"


def _known_keys(where: tuple[int | str, ...]) -> tuple[str, ...]:
    models: dict[str, Any] = {
        "": MappingText, "source": Source, "target": Targets, "target.order_route": OrderRoute,
        "target.transport_leg": TransportLeg, "flag": LineFlag, "plausible": Plausible,
    }  # fmt: skip
    path = ".".join(str(part) for part in where[:-1] if isinstance(part, str))
    return tuple(models.get(path, ColumnRule).model_fields)


def _refuse_values(name: str, rule: ColumnRule) -> None:
    for text, value in (rule.values or {}).items():
        if name == "is_direct" and not isinstance(value, bool):
            raise ValueError(f"{name}.values: {text!r} must be true or false, got {value!r}")
        if name == "mode" and value not in MODES:
            raise ValueError(
                f"{name}.values: {text!r}: no mode {value!r}{nearest(str(value), MODES)}"
            )


def _refuse_without(name: str, rule: ColumnRule) -> None:
    needs = {
        "is_direct": "values", "delivered_on": "date", "occurred_at": "date",
        "ordered_on": "date", "promised_on": "date", "origin": "places", "destination": "places",
    }  # fmt: skip
    if name in needs and getattr(rule, needs[name]) is None:
        raise ValueError(f"{name}: needs {needs[name]!r}")
    if name == "leg" and rule.constant not in {*LegKind}:
        raise ValueError(f"leg: must be a constant, one of {', '.join(LegKind)}")
