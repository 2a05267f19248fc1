"""The twin of an event's shape whose quantities and words stay the texts they came as.

Most of what an event tells is handed on as it was told. A number that nobody multiplies need not
become a Decimal and a text again, and a word of a vocabulary need not become a member of an enum.
"""

from decimal import Decimal
from enum import Enum
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

from schemas.quantity import MAX_DIGITS
from schemas.wire import WireEvent, WirePlace

# The longest text of a good number: its digits, a sign, a point, and an exponent of two digits.
MAX_QUANTITY_CHARACTERS = 2 * MAX_DIGITS + 6
#: A number as a text; whoever takes it asks for its digits and bounds.
TwinQuantity = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_QUANTITY_CHARACTERS)]
_DECODERS: dict[type, msgspec.json.Decoder[Any]] = {}
_encode = msgspec.json.Encoder(decimal_format="string").encode


@cache
def twin_of(
    kind: type[msgspec.Struct], *, by_position: tuple[str, ...] | None = None
) -> type[msgspec.Struct]:
    """Return the twin of ``kind``: the same fields, quantities and words as text.

    Parameters
    ----------
    by_position
        All fields in the order in which a writer gives them. Such a twin is written and never
        read: it knows no field that must be there.

    Examples
    --------
    >>> place = twin_of(WirePlace)("QDO", "36.10", "120.3800")
    >>> msgspec.json.encode(place)
    b'{"site_id":"QDO","lat":"36.10","lon":"120.3800"}'
    """
    hints = get_type_hints(kind, include_extras=True)
    fields = {one.name: one for one in msgspec.structs.fields(kind)}
    order = tuple(fields) if by_position is None else by_position
    if sorted(order) != sorted(fields):
        raise TypeError(f"the fields of {kind.__name__} are {', '.join(fields)}")
    return msgspec.defstruct(
        f"{kind.__name__}Twin",
        [_field(fields[name], hints[name], may_lack=by_position is not None) for name in order],
        module=__name__,
        frozen=True,
        omit_defaults=True,
        kw_only=by_position is None and issubclass(kind, WireEvent),
        gc=False,
    )


def _field(one: msgspec.structs.FieldInfo, hint: Any, *, may_lack: bool) -> tuple[Any, ...]:
    if one.required:
        return (one.name, _texts_in(hint), None) if may_lack else (one.name, _texts_in(hint))
    return one.name, _texts_in(hint), one.default


def _texts_in(hint: Any) -> Any:
    if hint is Decimal:
        return TwinQuantity
    if isinstance(hint, type) and issubclass(hint, Enum):
        return Literal[tuple(member.value for member in hint)]
    if hint is WirePlace:
        return twin_of(WirePlace)
    if get_origin(hint) in (Union, UnionType):
        return Union[tuple(_texts_in(part) for part in get_args(hint))]  # noqa: UP007
    return hint


def twin(event: WireEvent) -> Any:
    """Return the twin of ``event``, its numbers in the spelling that is written to the log."""
    kind = twin_of(type(event))
    decoder = _DECODERS.get(kind)
    if decoder is None:
        decoder = _DECODERS[kind] = msgspec.json.Decoder(kind)
    return decoder.decode(_encode(event))
