"""The fact of a leg's emission: rows made of the texts that the event told, column by column."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any

import msgspec
import pyarrow.compute as pc

from schemas.topics import EMISSIONS
from schemas.twin import twin, twin_of
from schemas.vocabulary import DistanceMethod
from schemas.wire import WireEmission
from warehouse.columns import (
    SEPARATOR,
    Column,
    constant,
    decimals_of,
    digest64,
    exact_texts,
    flags,
    hashes,
    instants,
    integers,
    joined,
    texts,
)
from warehouse.dimensions import Dimensions
from warehouse.fact import Arrival, Fact, Told

MAX_LANE_CHARACTERS = 129
# A distance that the source told; one that was computed here may follow another method tomorrow.
_TOLD = frozenset({DistanceMethod.DECLARED.value, DistanceMethod.SFD.value})
_encode = msgspec.json.Encoder().encode
_read_exactly = msgspec.json.Decoder(WireEmission).decode
_TEXTS = (
    "shipment_id", "consignment_id", "leg", "mode", "energy", "vehicle_class", "category",
    "company", "production_base", "trip_id", "carrier_id", "distance_method", "correction_of",
)  # fmt: skip
_NUMBERS = ("mass_kg", "volume_m3", "distance_km", "energy_kwh", "fuel_l")
_ENDS = ("site_id", "lat", "lon")
EMISSION_COLUMNS = ("emission_wtt_kgco2e", "emission_ttw_kgco2e", "emission_wtw_kgco2e")


class _Inputs(msgspec.Struct, omit_defaults=True):
    """What explains a leg's number beyond its columns and its ends, in the order it is read."""

    distance_method: str
    daf: str
    flags: tuple[str, ...]
    gwp_set: str
    basis: str | None = None
    factor_set: str | None = None
    factor_set_sha256: str | None = None
    energy_kwh: str | None = None
    fuel_l: str | None = None
    grid_region: str | None = None
    driven_km: str | None = None
    load_share: str | None = None
    empty_distance_share: str | None = None
    source_topic: str | None = None
    source_partition: int | None = None


_inputs_of = attrgetter(*_Inputs.__struct_fields__)


def _extra_inputs(es: Sequence[Any]) -> Iterator[str]:
    """Yield the JSON of each event's inputs.

    Most legs of a batch differ from another one in their ends and offset only, so the parts are
    written once and put together: that takes a third of the time.
    """
    written: dict[Any, str] = {}

    def part(what: Any, of: Callable[[Any], Any]) -> str:
        text = written.get(what)
        if text is None:
            text = written[what] = _encode(of(what)).decode()
        return text

    for e in es:
        origin, destination = part(e.origin, _itself), part(e.destination, _itself)
        rest = part(_inputs_of(e), _as_inputs)[1:-1]
        yield (
            f'{{"origin":{origin},"destination":{destination},{rest},'
            f'"source_offset":{e.source_offset}}}'
        )


def _itself(place: Any) -> Any:
    return place


def _as_inputs(told: tuple[Any, ...]) -> _Inputs:
    return _Inputs(*told)


def _read(raw: bytes) -> Any:
    """Return the twin of an event that was accepted before, however it spells its numbers."""
    return twin(_read_exactly(raw))


def _tell(es: Sequence[Any]) -> Told:
    """Return the columns that both the hash and the row are made of."""
    told = {name: texts(map(attrgetter(name), es)) for name in (*_TEXTS, *_NUMBERS)}
    for end in ("origin", "destination"):
        places = list(map(attrgetter(end), es))
        told |= {f"{end}.{name}": texts(map(attrgetter(name), places)) for name in _ENDS}
    told["leg_seq"] = integers([e.leg_seq for e in es])
    told["is_direct"] = flags([e.is_direct for e in es])
    return told


def _content(es: Sequence[Any], at: Sequence[datetime], told: Told) -> list[int]:
    """Hash what the source said, without where it stood and what was computed from it."""
    given_km = [e.distance_km if e.distance_method in _TOLD else None for e in es]
    numbers = {name: told[name] for name in _NUMBERS} | {"distance_km": texts(given_km)}
    coordinates = [told[f"{end}.{name}"] for end in ("origin", "destination") for name in _ENDS[1:]]
    rows = joined(
        [
            instants(at).cast("int64"),
            *(told[name] for name in _TEXTS if name != "correction_of"),
            pc.utf8_lower(told["correction_of"]),
            told["origin.site_id"],
            told["destination.site_id"],
            told["leg_seq"],
            told["is_direct"],
            *map(exact_texts, (*coordinates, *numbers.values())),
        ]
    )
    return [digest64(row) for row in _with_loads(rows, es)]


def _with_loads(rows: list[bytes], es: Sequence[Any]) -> list[bytes]:
    """Return ``rows`` with what some legs tell of their load; the others keep their hash."""
    loads = [e.load_share for e in es]
    if loads.count(None) == len(loads):
        return rows
    shares = joined(
        [exact_texts(texts(loads)), exact_texts(texts(e.empty_distance_share for e in es))]
    )
    return [
        row if load is None else row + SEPARATOR + told
        for row, load, told in zip(rows, loads, shares, strict=True)
    ]


def _lane(e: Any) -> str | None:
    if e.origin.site_id is None or e.destination.site_id is None:
        return None
    return f"{e.origin.site_id}~{e.destination.site_id}"[:MAX_LANE_CHARACTERS]


def _columns(rows: Sequence[Arrival], told: Told, dims: Dimensions) -> Mapping[str, Column]:
    es = [row.record.event for row in rows]
    first = [e.leg_seq == 1 for e in es]
    return {
        "leg_id": texts([f"{e.consignment_id}/{e.leg_seq}" for e in es]),
        "shipment_id": told["shipment_id"],
        "consignment_id": told["consignment_id"],
        "trip_id": told["trip_id"],
        "shipment_ref": hashes([digest64(e.shipment_id.encode()) for e in es]),
        "leg_seq": told["leg_seq"],
        "leg": told["leg"],
        "category_key": integers(dims.keys("category", [e.category for e in es])),
        "company_key": integers(dims.keys("company", [e.company for e in es])),
        "base_key": integers(dims.keys("base", [e.production_base for e in es])),
        "mode": told["mode"],
        "energy": told["energy"],
        "vehicle_class_key": integers(dims.keys("vehicle_class", [e.vehicle_class for e in es])),
        "carrier_key": integers(dims.keys("carrier", [e.carrier_id for e in es])),
        "lane_key": integers(dims.keys("lane", [_lane(e) for e in es])),
        "is_direct": told["is_direct"],
        "mass_kg": decimals_of(told["mass_kg"], 3),
        "volume_m3": decimals_of(told["volume_m3"], 6),
        "distance_km": decimals_of(told["distance_km"], 3),
        "distance_kind": texts([e.distance_kind for e in es]),
        "transport_tkm": decimals_of(texts([e.transport_tkm for e in es]), 6),
        **{name: decimals_of(texts(map(attrgetter(name), es)), 6) for name in EMISSION_COLUMNS},
        "factor_key": integers(dims.keys("factor", [f"{e.factor_set}/{e.factor_id}" for e in es])),
        "dq": texts([e.data_class for e in es]),
        "method": texts([e.method for e in es]),
        "method_version_key": integers(dims.keys("method_version", [e.method_version for e in es])),
        "extra_inputs": texts(_extra_inputs(es)),
        "legs": constant(1, "int64", len(es)),
        "shipments": integers(map(int, first)),
        "shipment_mass_kg": decimals_of(
            texts([e.mass_kg if is_first else "0" for e, is_first in zip(es, first, strict=True)]),
            3,
        ),
        "shipment_volume_m3": decimals_of(
            texts(
                (e.volume_m3 or "0") if is_first else "0"
                for e, is_first in zip(es, first, strict=True)
            ),
            6,
        ),
    }


LEG = Fact(
    table="fact_leg_emission",
    events=(twin_of(WireEmission),),
    read=_read,
    tell=_tell,
    content=_content,
    columns=_columns,
    source_of=attrgetter("source_event_id"),
    counted="legs",
    topic=EMISSIONS.name,
    measures=(
        "mass_kg", "volume_m3", "distance_km", "transport_tkm", *EMISSION_COLUMNS, "legs",
        "shipments", "shipment_mass_kg", "shipment_volume_m3",
    ),
    described=("distance_kind", "factor_key", "method", "method_version_key"),
)  # fmt: skip
