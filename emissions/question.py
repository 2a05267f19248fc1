"""What one leg asks, and what it is answered; plain frozen values, no sums.

msgspec structs: two of them are made per leg, and a frozen dataclass takes four times as long.
"""

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from msgspec import Struct

from emissions.factor import Factor

METHOD_VERSION = "iso14083-1"


class Lane(Struct, frozen=True, kw_only=True, gc=False):
    """Between which ends something moves, and what is told of the way."""

    mode: str
    distance_km: Decimal | None = None
    distance_method: str | None = None
    origin_lat: Decimal | None = None
    origin_lon: Decimal | None = None
    destination_lat: Decimal | None = None
    destination_lon: Decimal | None = None


class TripLoad(NamedTuple):
    """How a vehicle ran: its load over its capacity, and its empty km over all km of the round."""

    load_share: Decimal
    empty_distance_share: Decimal


class LegQuestion(Lane, frozen=True, kw_only=True, gc=False):
    """One vehicle's part of a chain; texts are values of the enums of ``schemas``."""

    mass_kg: Decimal
    on: date
    energy: str | None = None
    vehicle_class: str | None = None
    energy_kwh: Decimal | None = None
    fuel_l: Decimal | None = None
    grid_region: str | None = None
    load: TripLoad | None = None


class LegAnswer(Struct, frozen=True, gc=False):
    """A leg's activity and emission, and what they stand on; ``basis`` only where electric."""

    distance_km: Decimal
    distance_kind: str
    distance_method: str
    transport_tkm: Decimal
    daf: Decimal
    wtt_kgco2e: Decimal
    ttw_kgco2e: Decimal
    wtw_kgco2e: Decimal
    factor: Factor
    method: str
    data_class: str
    basis: str | None
    gwp_set: str
    flags: tuple[str, ...]
