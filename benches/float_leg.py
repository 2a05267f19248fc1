"""The way of a leg written once more in float: only to measure what exact numbers cost.

It asks the same questions, looks the same factors up and makes an answer of the same size. What it
returns depends on the order of a sum, so nothing but a clock ever looks at it.
"""

from typing import Any, NamedTuple

from msgspec import Struct

from benches.emission_mix import Element, Visit
from emissions.daf import daf_row
from emissions.distance import FLAGS_OF_METHOD, KIND_OF_METHOD, circle_of
from emissions.factor import Factor, FactorBook
from emissions.hub import HubOperation
from emissions.leg import ENERGIES, MODES, PRIMARY_ENERGY
from emissions.selection import Asked, Selection, select

LEAST_SHARE, MOST_CIRCLES, NEIGHBOURS_KM = 0.98, 20.0, 5.0
MAX_MASS_KG, MAX_KM, ROAD_MAX_KG = 1e9, 45_000.0, 60_000.0
MAX_RESULT_KG = 1e12
KG_DECIMALS, KM_DECIMALS = 6, 3


class FloatLeg(Struct, frozen=True, kw_only=True, gc=False):
    """A leg's question in float; its ends stay what the great circle is remembered by."""

    question: Any
    mass_kg: float
    distance_km: float
    energy_kwh: float | None
    load: tuple[float, float] | None


class FloatVisit(NamedTuple):
    """A consignment that left a hub."""

    mass_kg: float


class FloatAnswer(Struct, frozen=True, gc=False):
    """An answer with as many places as the exact one."""

    distance_km: float
    distance_kind: str
    distance_method: str
    transport_tkm: float
    daf: float
    wtt_kgco2e: float
    ttw_kgco2e: float
    wtw_kgco2e: float
    factor: Factor
    method: str
    data_class: str
    basis: str | None
    gwp_set: str
    flags: tuple[str, ...]


class _Figures(NamedTuple):
    """What a selection holds, as float."""

    selection: Selection
    ttw: float
    wtt: float
    vehicle: tuple[float, float, float, float, float] | None


def in_float(one: Element) -> FloatLeg | FloatVisit:
    """Return an element of the mix in float."""
    if isinstance(one, Visit):
        return FloatVisit(float(one.mass_kg))
    if one.distance_km is None:
        raise ValueError("every leg of the mix declares its distance")
    return FloatLeg(
        question=one,
        mass_kg=float(one.mass_kg),
        distance_km=float(one.distance_km),
        energy_kwh=None if one.energy_kwh is None else float(one.energy_kwh),
        load=None if one.load is None else (float(one.load[0]), float(one.load[1])),
    )


class FloatEngine:
    """Answers elements in float, with a memory of factors as the exact way has it."""

    def __init__(self, hub: HubOperation, book: FactorBook) -> None:
        """Turn the hub's figures into float once."""
        self._book = book
        self._known: dict[Asked, _Figures] = {}
        self._circles: dict[Any, float] = {}
        self._hub = float(hub.handling.ttw_kgco2e), float(hub.handling.wtt_kgco2e)
        self._out_kg = float(hub.outbound_mass_kg or 0)

    def result_of(self, one: FloatLeg | FloatVisit) -> object:
        """Return the emission of an element."""
        if isinstance(one, FloatVisit):
            ttw, wtt = (round(part * one.mass_kg / self._out_kg, KG_DECIMALS) for part in self._hub)
            return ttw, wtt, _stored(ttw + wtt)
        return self._leg(one)

    def _leg(self, leg: FloatLeg) -> FloatAnswer:
        question = leg.question
        mass_kg = round(leg.mass_kg, KM_DECIMALS)
        if not 0 < mass_kg <= MAX_MASS_KG or question.mode not in MODES:
            raise ValueError(f"mass_kg {mass_kg}, mode {question.mode}")
        if question.energy is not None and question.energy not in ENERGIES:
            raise ValueError(f"energy {question.energy}")
        km, flags = self._travelled(leg)
        kind = KIND_OF_METHOD[question.distance_method]
        figures = self._figures(leg, km)
        selection = figures.selection
        tkm = mass_kg / 1_000 * km
        ttw, wtt, daf = self._parts(leg, figures, tkm, kind)
        ttw, wtt = _stored(ttw), _stored(wtt)
        if mass_kg > ROAD_MAX_KG:
            flags = (*flags, "mass_over_60_t")
        return FloatAnswer(
            km, kind, question.distance_method, round(tkm, KG_DECIMALS), daf, wtt, ttw,
            _stored(wtt + ttw), selection.factor, selection.method, selection.data_class,
            selection.factor.basis or None, selection.factor.manifest.gwp_set,
            flags + selection.flags,
        )  # fmt: skip

    def _travelled(self, leg: FloatLeg) -> tuple[float, tuple[str, ...]]:
        question, km = leg.question, round(leg.distance_km, KM_DECIMALS)
        ends = (
            question.origin_lat, question.origin_lon,
            question.destination_lat, question.destination_lon,
        )  # fmt: skip
        circle_km = self._circles.get(ends)
        if circle_km is None:
            circle_km = self._circles[ends] = float(circle_of(question) or 0)
        if not 0 < km <= MAX_KM or km < circle_km * LEAST_SHARE:
            raise ValueError(f"distance_km {km}")
        if circle_km > NEIGHBOURS_KM and km > circle_km * MOST_CIRCLES:
            raise ValueError(f"distance_km {km}")
        return km, FLAGS_OF_METHOD[question.distance_method]

    def _figures(self, leg: FloatLeg, km: float) -> _Figures:
        question = leg.question
        asked = Asked(
            question.mode, question.vehicle_class, question.energy, question.on,
            question.grid_region if leg.energy_kwh else None, bool(leg.energy_kwh), False,
            self._book.default_at(question.mode, question.distance_km), leg.load is not None,
        )  # fmt: skip
        known = self._known.get(asked)
        if known is None:
            known = self._known[asked] = _in_float(select(asked, self._book))
        return known

    def _parts(
        self, leg: FloatLeg, figures: _Figures, tkm: float, kind: str
    ) -> tuple[float, float, float]:
        selection = figures.selection
        if selection.method == PRIMARY_ENERGY and leg.energy_kwh is not None:
            drawn = leg.energy_kwh * 1.1
            return drawn * figures.ttw, drawn * figures.wtt, 1.0
        row = daf_row(
            mode=leg.question.mode, kind=kind, distance_basis=selection.factor.distance_basis
        )
        daf = 1.0 if row.value is None else float(row.value)
        ttw, wtt = figures.ttw, figures.wtt
        if leg.load is not None and figures.vehicle is not None:
            ttw, wtt = _per_tkm(figures.vehicle, *leg.load)
        return tkm * ttw * daf, tkm * wtt * daf, daf


def _stored(kg: float) -> float:
    stored = round(kg, KG_DECIMALS)
    if stored >= MAX_RESULT_KG:
        raise ValueError(f"{stored} kg")
    return stored


def _in_float(selection: Selection) -> _Figures:
    vehicle = None
    if selection.figures is not None:
        one = selection.figures
        vehicle = (
            float(one.empty.ttw_kgco2e), float(one.full.ttw_kgco2e),
            float(one.empty.wtt_kgco2e), float(one.full.wtt_kgco2e), float(one.capacity_t),
        )  # fmt: skip
    return _Figures(selection, float(selection.ttw_kgco2e), float(selection.wtt_kgco2e), vehicle)


def _per_tkm(
    vehicle: tuple[float, float, float, float, float], load_share: float, empty_share: float
) -> tuple[float, float]:
    ttw_empty, ttw_full, wtt_empty, wtt_full, capacity_t = vehicle
    empty_per_loaded, load_t = empty_share / (1 - empty_share), load_share * capacity_t
    ttw = (ttw_empty + (ttw_full - ttw_empty) * load_share + empty_per_loaded * ttw_empty) / load_t
    wtt = (wtt_empty + (wtt_full - wtt_empty) * load_share + empty_per_loaded * wtt_empty) / load_t
    return ttw, wtt
