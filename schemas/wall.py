"""The wall every foreign byte passes: exact JSON in, a validated event or one clear sentence out.

HTTP intake and the agents share it, so both say the same about the same mistake.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn, TypeVar

from pydantic import BaseModel, ValidationError

from schemas.event import MAX_EVENT_BYTES
from schemas.quantity import reason_of
from schemas.refusal import Reason, Refused, shown

MAX_DEPTH = 20
MAX_INTEGER_CHARACTERS = 20
MAX_AHEAD = timedelta(minutes=5)
MAX_NAMED_FAULTS = 5

Model = TypeVar("Model", bound=BaseModel)


def _refuse_constant(name: str) -> NoReturn:
    raise Refused(Reason.NOT_FINITE, f"the body holds {name}, which is no finite number")


def _number(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise Refused(Reason.NOT_FINITE, f"{shown(text)} is no number that fits") from None


def _integer(text: str) -> int | Decimal:
    # int() refuses over 4,300 digits with a message about itself; a Decimal is refused by bounds.
    return int(text) if len(text) <= MAX_INTEGER_CHARACTERS else _number(text)


def _depth_of(value: object) -> int:
    """Return how deep ``value`` nests, walking level by level so that depth costs no stack."""
    depth, level = 0, [value]
    while level:
        depth += 1
        inner: list[object] = []
        for item in level:
            if isinstance(item, Mapping):
                inner.extend(item.values())
            elif isinstance(item, list):
                inner.extend(item)
        level = inner
    return depth


def read_json(raw: bytes, *, max_bytes: int = MAX_EVENT_BYTES) -> Any:
    """Return the JSON value of ``raw``, its numbers exact.

    Raises
    ------
    Refused
        If it is too large, not UTF-8, not JSON, too deep, or holds NaN or infinity.
    """
    if len(raw) > max_bytes:
        raise Refused(Reason.TOO_LARGE, f"{len(raw)} bytes; an event has at most {max_bytes}")
    try:
        value = json.loads(
            raw.decode("utf-8"),
            parse_float=_number,
            parse_int=_integer,
            parse_constant=_refuse_constant,
        )
    except UnicodeDecodeError as error:
        raise Refused(
            Reason.BAD_JSON, f"byte {error.start} is not UTF-8: {raw[error.start : error.end]!r}"
        ) from None
    except RecursionError:
        raise Refused(Reason.BAD_JSON, f"nests deeper than {MAX_DEPTH} levels") from None
    except json.JSONDecodeError as error:
        raise Refused(Reason.BAD_JSON, f"is no JSON: {error.msg} at byte {error.pos}") from None
    if _depth_of(value) > MAX_DEPTH:
        raise Refused(Reason.BAD_JSON, f"nests deeper than {MAX_DEPTH} levels")
    return value


def _field_of(location: Sequence[int | str]) -> str:
    return ".".join(str(part) for part in location) or "the body"


def _reason_of(fault: Mapping[str, Any]) -> Reason:
    if fault["type"] == "enum":
        return Reason.VOCABULARY
    return reason_of(fault.get("ctx", {}).get("error"))


def _sentence_of(fault: Mapping[str, Any]) -> str:
    said = str(fault["msg"]).removeprefix("Value error, ")
    sentence = f"{_field_of(fault['loc'])}: {said}"
    value = fault["input"]
    told = isinstance(value, Mapping | list) or fault["type"] == "missing"
    return sentence if told or shown(value) in said else f"{sentence}, got {shown(value)}"


def refused_by(error: ValidationError) -> Refused:
    """Return the refusal that says what ``error`` found, field by field."""
    faults = error.errors(include_url=False)
    sentences = [_sentence_of(fault) for fault in faults[:MAX_NAMED_FAULTS]]
    if len(faults) > MAX_NAMED_FAULTS:
        sentences.append(f"and {len(faults) - MAX_NAMED_FAULTS} more")
    return Refused(_reason_of(faults[0]), "; ".join(sentences))


def accept(model: type[Model], value: object) -> Model:
    """Return ``value`` as the contract ``model``.

    Raises
    ------
    Refused
        If the contract does not hold; the message names each field and its value.
    """
    if not isinstance(value, Mapping):
        raise Refused(Reason.SCHEMA, f"the body must be a JSON object, got {shown(value)}")
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise refused_by(error) from None


def refuse_future(occurred_at: datetime, now: datetime) -> None:
    """Raise ``Refused`` where ``occurred_at`` lies more than five minutes after ``now``."""
    if occurred_at > now + MAX_AHEAD:
        raise Refused(
            Reason.TIME_FUTURE,
            f"occurred_at {occurred_at.isoformat()} lies more than 5 minutes after "
            f"{now.isoformat()}",
        )
