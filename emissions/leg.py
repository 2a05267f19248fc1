"""The emission of one leg: distance, activity, factor, and one rounding per stored number."""

from decimal import Decimal
from typing import NamedTuple

from emissions.activity import transport_tkm
from emissions.daf import daf_row, daf_value
from emissions.distance import Travelled, distance_of
from emissions.energy import charging_loss_share, electricity_emission, energy_emission, metered
from emissions.energy_factor import LIFECYCLE
from emissions.factor import Factor, FactorBook
from emissions.modelled import refuse_odd_load
from emissions.number import ONE, quantise_3, quantise_kg, stored_kg, stored_sum
from emissions.question import METHOD_VERSION, LegAnswer, LegQuestion, TripLoad
from emissions.selection import Asked, Selection, select
from emissions.split import Load
from emissions.transport import tce_emission
from emissions.vehicle import VehicleFigures
from schemas.quantity import BOUNDS
from schemas.refusal import Reason, Refused, shown
from schemas.vocabulary import CalculationMethod, TransportMode, VehicleEnergy

__all__ = ["METHOD_VERSION", "LegAnswer", "LegQuestion", "asked_of", "emission_of_leg"]

MODES = frozenset(mode.value for mode in TransportMode)
NO_MODE = frozenset({None, "", "N/A"})
ENERGIES = frozenset(energy.value for energy in VehicleEnergy)
PRIMARY_ENERGY = CalculationMethod.PRIMARY_ENERGY.value
MODELLED = CalculationMethod.MODELLED.value
MAX_MASS_KG = BOUNDS["mass_kg"].maximum
MAX_ROAD_MASS_KG = Decimal(60_000)


class Parts(NamedTuple):
    """TTW and WTT unrounded, the adjustment between two distances, and the flags these raise."""

    ttw_kgco2e: Decimal
    wtt_kgco2e: Decimal
    daf: Decimal
    flags: tuple[str, ...]


def emission_of_leg(
    question: LegQuestion, book: FactorBook, *, travelled: Travelled | None = None
) -> LegAnswer:
    """Return the activity of one leg and its WTT, TTW and WTW in kg CO2e.

    Parameters
    ----------
    travelled
        What ``distance_of`` says of the leg's lane, where the caller remembers it.

    Raises
    ------
    Refused
        With the reason and a sentence that names field and value: a leg that cannot be
        answered has no number, not even zero.

    Notes
    -----
    ISO 14083:2023, transport chain elements. Emissions come from the exact product of mass,
    distance, intensity and adjustment, each rounded once; WTW is the sum of the rounded parts.

    Examples
    --------
    >>> from datetime import date
    >>> from emissions.read import load_book
    >>> refrigerators = LegQuestion(
    ...     mode="road",
    ...     vehicle_class="artic_over_33t",
    ...     mass_kg=Decimal(7_536),
    ...     distance_km=Decimal(412),
    ...     distance_method="sfd",
    ...     on=date(2025, 6, 1),
    ... )
    >>> emission_of_leg(refrigerators, load_book()).wtw_kgco2e
    Decimal('295.021137')
    """
    mass_kg = _mass_of(question)
    _refuse_unknown_words(question)
    if travelled is None:
        travelled = distance_of(question)
    selection = select(asked_of(question, travelled, book), book)
    activity = transport_tkm(mass_kg=mass_kg, distance_km=travelled.km)
    parts = _parts(question, travelled, activity, selection)
    ttw = stored_kg("ttw_kgco2e", parts.ttw_kgco2e)
    wtt = stored_kg("wtt_kgco2e", parts.wtt_kgco2e)
    # By position: one is made per leg, and names are looked up one by one.
    return LegAnswer(
        travelled.km,
        travelled.kind,
        travelled.method,
        quantise_kg(activity),
        parts.daf,
        wtt,
        ttw,
        stored_sum("wtw_kgco2e", wtt, ttw),
        selection.factor,
        selection.method,
        selection.data_class,
        selection.factor.basis or None,
        selection.factor.manifest.gwp_set,
        _input_flags(question, mass_kg, travelled)
        + travelled.flags
        + selection.flags
        + parts.flags,
    )


def asked_of(question: LegQuestion, travelled: Travelled, book: FactorBook) -> Asked:
    """Return what of ``question`` decides its factor."""
    kwh, fuel_l = question.energy_kwh, question.fuel_l
    has_kwh = kwh is not None and _is_metered("energy_kwh", kwh)
    return Asked(
        question.mode,
        question.vehicle_class,
        question.energy,
        question.on,
        question.grid_region if has_kwh else None,
        has_kwh,
        fuel_l is not None and _is_metered("fuel_l", fuel_l),
        book.default_at(question.mode, travelled.km),
        question.load is not None and _is_told(question.load),
    )


def _parts(
    question: LegQuestion, travelled: Travelled, activity: Decimal, selection: Selection
) -> Parts:
    if selection.method == PRIMARY_ENERGY:
        return _metered_parts(question, selection.factor)
    row = daf_row(
        mode=question.mode,
        kind=travelled.kind,
        distance_basis=selection.factor.distance_basis,
    )
    daf = daf_value(row, travelled.km)
    ttw, wtt = selection.ttw_kgco2e, selection.wtt_kgco2e
    if selection.figures is not None:
        ttw, wtt = per_tkm_of(question, selection.figures)
    return Parts(
        tce_emission(activity=activity, intensity=ttw, daf=daf),
        tce_emission(activity=activity, intensity=wtt, daf=daf),
        daf,
        ("daf_assumed",) if row.is_assumption and daf != ONE else (),
    )


def per_tkm_of(question: LegQuestion, figures: VehicleFigures) -> Load:
    """Return TTW and WTT per tkm of a leg whose load is known, with the 34 digits of a quotient.

    Raises
    ------
    ValueError
        If the question tells no load.
    """
    if question.load is None:
        raise ValueError(f"a modelled leg needs its load, got {question.load}")
    load_share, empty_distance_share = question.load
    return figures.per_tkm(load_share=load_share, empty_distance_share=empty_distance_share)


def _metered_parts(question: LegQuestion, factor: Factor) -> Parts:
    """What was metered is multiplied as it is: no distance, so no adjustment between two."""
    if question.energy != "electric":
        fuel_l = metered("fuel_l", question.fuel_l, energy=question.energy)
        return Parts(*energy_emission(quantity=fuel_l, factor=factor), ONE, ())
    loss_share = charging_loss_share(question.mode)
    parts = electricity_emission(
        energy_kwh=metered("energy_kwh", question.energy_kwh, energy=question.energy),
        factor=factor,
        basis=LIFECYCLE,
        charging_loss_share=loss_share,
    )
    return Parts(*parts, ONE, ("charging_loss_assumed",) if loss_share else ())


def _mass_of(question: LegQuestion) -> Decimal:
    given_kg = question.mass_kg
    if given_kg is None:
        raise Refused(Reason.MASS_MISSING, "mass_kg is None")
    if not isinstance(given_kg, Decimal):
        raise TypeError(f"mass_kg must be a Decimal, got {given_kg!r}")
    if not given_kg.is_finite():
        raise Refused(Reason.NOT_FINITE, f"mass_kg is not finite: {given_kg}")
    if given_kg > MAX_MASS_KG:
        raise Refused(Reason.UNIT_BOUND, f"mass_kg {given_kg} is above {MAX_MASS_KG:f}")
    mass_kg = quantise_3(given_kg)
    if mass_kg <= 0:
        raise Refused(Reason.MASS_NOT_POSITIVE, f"mass_kg must be above 0, got {given_kg}")
    return mass_kg


def _input_flags(question: LegQuestion, mass_kg: Decimal, travelled: Travelled) -> tuple[str, ...]:
    is_rounded = travelled.is_rounded or mass_kg != question.mass_kg
    flags = ("input_rounded",) if is_rounded else ()
    if question.mode == "road" and mass_kg > MAX_ROAD_MASS_KG:
        return (*flags, "mass_over_60_t")
    return flags


def _refuse_unknown_words(question: LegQuestion) -> None:
    if question.mode not in MODES:
        if question.mode in NO_MODE:
            raise Refused(Reason.MODE_MISSING, f"mode is {question.mode!r}")
        raise Refused(Reason.MODE_UNKNOWN, f"mode {shown(question.mode)} is unknown")
    if question.energy is not None and question.energy not in ENERGIES:
        raise Refused(Reason.VOCABULARY, f"energy {shown(question.energy)} is unknown")


def _is_told(load: TripLoad) -> bool:
    refuse_odd_load(load)
    return True


def _is_metered(field: str, quantity: Decimal) -> bool:
    """A meter that says 0 on a leg that moved said nothing."""
    return metered(field, quantity, energy=None) > 0
