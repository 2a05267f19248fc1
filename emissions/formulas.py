"""The formulas of worked examples, each answered by the engine's own public functions.

A formula is a row: its text as standards print it, how its inputs are named, what computes it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from emissions.activity import KG_PER_T, teu_km, total_tkm, transport_tkm
from emissions.allocation import per_item, share
from emissions.chain import exact_sum
from emissions.example_input import Formula, Inputs, Quantity
from emissions.fuel import (
    fuel_carbon_factor,
    fuel_emission,
    grid_loss,
    kgco2e_per_kwh,
    kwh_emission,
    mass_from_volume,
)
from emissions.hub import hoc_intensity, hub_emission, site_share, storage_emission
from emissions.intensity import (
    kgco2e_per_km_at,
    lane_intensity,
    reduction_percent,
    toc_intensity,
    uplifted,
)
from emissions.number import CONTEXT, ONE
from emissions.refrigerant import balanced_kg, gas_emission, leakage_kg, screened_kg
from emissions.spend import spend_emission
from emissions.transport import tce_emission
from emissions.treatment import pound_emission, short_ton_emission, treatment_emission

G_PER_KG = Decimal(1_000)
G_PER_T = Decimal(1_000_000)
PRINTED_SHORT_TON_PER_T = Decimal("1.102")
RESULT_MISMATCH = "result_mismatch"

MASS_KG = Quantity(
    "mass",
    ("kg", "mass_kg"),
    scaled=MappingProxyType(
        dict.fromkeys(("t", "mass_t", "cargo_t", "payload_t", "deliveries_t", "load_t"), KG_PER_T)
    ),
)
MASS_T = Quantity(
    "mass",
    ("t", "mass_t", "cargo_t", "payload_t", "deliveries_t", "outbound_t", "load_t"),
    scaled=MappingProxyType(dict.fromkeys(("kg", "mass_kg"), Decimal("0.001"))),
)
DISTANCE_KM = Quantity("distance", ("km", "distance_km", "sfd_km", "actual_km", "gcd_km"))
FACTOR = Quantity(
    "factor",
    ("ef", "factor", "i", "intensity", "wtw"),
    ("ef_*", "wtw_*", "g_per_*", "kg_*", "intensity_*"),
)
EMISSION_KG = Quantity("emission", ("kg", "kgco2e", "kg_co2e", "total_kg"), ("*_kg", "*kgco2e"))
GRAMS = Quantity("emission", ("g", "gco2e"), ("g_per_*", "g_*"))
ACTIVITY_TKM = Quantity("activity", ("tkm", "shipment_tkm", "own_tkm"))
EVERY_TKM = Quantity("activities", ("tkm_all", "all_tkm", "tkms"))
TOTAL = Quantity("total", ("total", "total_kg", "total_kgco2e"), ("total_*",))
SHARE = Quantity("share", ("share",), ("*_share", "share_*"))
FUEL_L = Quantity("fuel", ("l", "litres", "liters", "diesel_l", "fuel_l", "l_per_tkm"), ("*_l",))
DENSITY = Quantity("density", ("density", "rho"), ("density_*", "rho_*"))
ENERGY_KWH = Quantity("energy", ("kwh", "energy_kwh"), ("kwh_*",))
LOSS = Quantity("loss", ("loss", "loss_share"), ("loss_*", "*_loss"))
GAS_KG = Quantity("refrigerant", ("kg", "refrigerant_kg", "lost_kg"), ("*_kg",))
GWP100 = Quantity("gwp", ("gwp", "gwp100"), ("gwp_*",))


@dataclass(frozen=True, slots=True)
class Row:
    """How a formula is computed, and the importer's word where a published result differs."""

    compute: Formula
    mismatch: str = RESULT_MISMATCH


def plain(name: str, *names: str, patterns: tuple[str, ...] = ()) -> Quantity:
    """Return a quantity that goes by its own name and by ``names``.

    Examples
    --------
    >>> plain("trucks", "vehicles").names
    ('trucks', 'vehicles')
    """
    return Quantity(name, (name, *names), patterns)


def _activity(inputs: Inputs) -> Decimal:
    mass_kg, distance_km = inputs.take(MASS_KG), inputs.take(DISTANCE_KM)
    return transport_tkm(mass_kg=mass_kg, distance_km=distance_km)


def _summed_activity(inputs: Inputs) -> Decimal:
    return total_tkm((mass_kg, km) for mass_kg, km in _mass_rows(inputs, MASS_T, DISTANCE_KM))


def _summed_parcels(inputs: Inputs) -> Decimal:
    return total_tkm((mass_kg, km) for km, mass_kg in inputs.rows(DISTANCE_KM, MASS_KG))


def _mass_rows(
    inputs: Inputs, mass_t: Quantity, distance_km: Quantity
) -> list[tuple[Decimal, Decimal]]:
    return [(CONTEXT.multiply(mass, KG_PER_T), km) for mass, km in inputs.rows(mass_t, distance_km)]


def _transport(inputs: Inputs) -> Decimal:
    return tce_emission(activity=_activity(inputs), intensity=inputs.take(FACTOR), daf=ONE)


def _transport_in_g(inputs: Inputs) -> Decimal:
    return CONTEXT.divide(_transport(inputs), G_PER_KG)


def _ton_miles_in_g(inputs: Inputs) -> Decimal:
    activity = inputs.take(plain("tm", "ton_miles"))
    grams = tce_emission(activity=activity, intensity=inputs.take(FACTOR), daf=ONE)
    return CONTEXT.divide(grams, G_PER_KG)


def _containers_in_t(inputs: Inputs) -> Decimal:
    activity = teu_km(teu=inputs.take(plain("teu")), distance_km=inputs.take(DISTANCE_KM))
    grams = tce_emission(activity=activity, intensity=inputs.take(FACTOR), daf=ONE)
    return CONTEXT.divide(grams, G_PER_T)


def _vehicle_miles(inputs: Inputs) -> Decimal:
    activity = inputs.take(plain("vm", "vehicle_miles"))
    return tce_emission(activity=activity, intensity=inputs.take(FACTOR), daf=ONE)


def _payload(inputs: Inputs) -> Decimal:
    return tce_emission(activity=inputs.take(MASS_T), intensity=inputs.take(FACTOR), daf=ONE)


def _fuel(inputs: Inputs) -> Decimal:
    return fuel_emission(quantity=inputs.take(FUEL_L), kgco2e_per_unit=inputs.take(FACTOR))


def _fuel_by_mass(inputs: Inputs) -> Decimal:
    fuel_kg = mass_from_volume(volume_l=inputs.take(FUEL_L), density_kg_per_l=inputs.take(DENSITY))
    return fuel_emission(quantity=fuel_kg, kgco2e_per_unit=inputs.take(FACTOR))


def _fuel_in_t(inputs: Inputs) -> Decimal:
    return fuel_emission(quantity=inputs.take(MASS_KG), kgco2e_per_unit=inputs.take(FACTOR))


def _fuel_and_leak(inputs: Inputs) -> Decimal:
    fuel_l = exact_sum(inputs.take_all(FUEL_L))
    burnt = fuel_emission(quantity=fuel_l, kgco2e_per_unit=inputs.take(FACTOR))
    return CONTEXT.add(burnt, _leaked(inputs))


def _leaked(inputs: Inputs) -> Decimal:
    return gas_emission(lost_kg=inputs.take(GAS_KG), gwp100=inputs.take(GWP100))


def _per_parcel(inputs: Inputs) -> Decimal:
    each_l = per_item(total=inputs.take(FUEL_L), items=inputs.take(plain("items", "parcels")))
    each_kg = mass_from_volume(volume_l=each_l, density_kg_per_l=inputs.take(DENSITY))
    return fuel_emission(quantity=each_kg, kgco2e_per_unit=inputs.take(FACTOR))


def _electricity(inputs: Inputs) -> Decimal:
    return exact_sum(
        kwh_emission(energy_kwh=energy_kwh, kgco2e_per_kwh=factor)
        for energy_kwh, factor in inputs.rows(ENERGY_KWH, FACTOR)
    )


def _electricity_per_mj(inputs: Inputs) -> Decimal:
    per_kwh = kgco2e_per_kwh(gco2e_per_mj=inputs.take(FACTOR))
    return kwh_emission(energy_kwh=inputs.take(ENERGY_KWH), kgco2e_per_kwh=per_kwh)


def _grid_losses(inputs: Inputs) -> Decimal:
    return exact_sum(
        grid_loss(energy_kwh=energy_kwh, kgco2e_per_kwh=factor, loss_share=loss_share)
        for energy_kwh, factor, loss_share in inputs.rows(ENERGY_KWH, FACTOR, LOSS)
    )


def _fuel_carbon(inputs: Inputs) -> Decimal:
    return fuel_carbon_factor(
        density_t_per_kl=inputs.take(DENSITY),
        ncv_gj_per_t=inputs.take(plain("ncv", patterns=("ncv_*",))),
        carbon_t_per_gj=inputs.take(plain("c", "carbon", patterns=("c_*", "carbon_*"))),
        oxidation_share=inputs.take(plain("ox", "oxidation", "oxidation_share")),
    )


def _toc(inputs: Inputs) -> Decimal:
    return toc_intensity(emission=inputs.take(EMISSION_KG), activity=inputs.take(ACTIVITY_TKM))


def _per_train_t(inputs: Inputs) -> Decimal:
    return toc_intensity(emission=inputs.take(GRAMS), activity=inputs.take(MASS_T))


def _flights(inputs: Inputs) -> Decimal:
    flights = inputs.take(plain("flights", "trips"))
    fuel_kg = CONTEXT.multiply(flights, inputs.take(plain("fuel_kg", "fuel")))
    burnt = fuel_emission(quantity=fuel_kg, kgco2e_per_unit=inputs.take(FACTOR))
    return toc_intensity(emission=burnt, activity=inputs.take(ACTIVITY_TKM))


def _at_load(inputs: Inputs) -> Decimal:
    return kgco2e_per_km_at(
        empty=inputs.take(plain("a", "empty", "kg_km_0")),
        full=inputs.take(plain("b", "full", "kg_km_100")),
        load_share=inputs.take(plain("load", "load_share")),
    )


def _lane(inputs: Inputs) -> Decimal:
    return lane_intensity(
        emission_kgco2e=inputs.take(EMISSION_KG),
        trips=inputs.take(plain("trips")),
        distance_km=inputs.take(DISTANCE_KM),
        load_t=inputs.take(plain("load_t", "load", "t")),
    )


def _per_outbound_t(inputs: Inputs) -> Decimal:
    return hoc_intensity(emission_kgco2e=inputs.take(EMISSION_KG), outbound_t=inputs.take(MASS_T))


def _base_and_per_t(inputs: Inputs) -> Decimal:
    return CONTEXT.add(inputs.take(plain("base")), _per_outbound_t(inputs))


def _uplifted(inputs: Inputs) -> Decimal:
    return uplifted(intensity=inputs.take(plain("base")), uplift=inputs.take(plain("uplift")))


def _hub(inputs: Inputs) -> Decimal:
    return hub_emission(mass_kg=inputs.take(MASS_KG), kgco2e_per_t=inputs.take(FACTOR))


def _shared_site(inputs: Inputs) -> Decimal:
    uses = [
        kwh_emission(
            energy_kwh=inputs.take(plain(f"kwh_{kind}")),
            kgco2e_per_kwh=inputs.take(plain(f"ef_{kind}")),
        )
        for kind in ("el", "gas")
    ]
    return site_share(
        emission_kgco2e=exact_sum(uses),
        own_m3=inputs.take(plain("own", "own_m3")),
        total_m3=inputs.take(plain("total", "total_m3")),
    )


def _storage(inputs: Inputs) -> Decimal:
    rows = inputs.rows(plain("m3", "volume_m3"), plain("days"), FACTOR)
    return storage_emission((volume, days, factor) for volume, days, factor in rows)


def _allocated(inputs: Inputs) -> Decimal:
    total = inputs.take(TOTAL)
    part = share(
        weight=inputs.take(ACTIVITY_TKM), total_weight=exact_sum(inputs.take_all(EVERY_TKM))
    )
    return CONTEXT.multiply(total, part)


def _share_of_total(inputs: Inputs) -> Decimal:
    return share(weight=inputs.take(ACTIVITY_TKM), total_weight=inputs.take(TOTAL))


def _by_share(inputs: Inputs) -> Decimal:
    return treatment_emission([(inputs.take(TOTAL), inputs.take(SHARE))])


def _truck_leakage(inputs: Inputs) -> Decimal:
    trucks = inputs.take(plain("trucks", "vehicles"))
    return leakage_kg(
        (
            trucks,
            inputs.take(plain(f"{system}_kg")),
            inputs.take(plain(f"{system}_loss")),
        )
        for system in ("ac", "tru")
    )


def _screened(inputs: Inputs) -> Decimal:
    lost_kg = screened_kg(
        new_kg=inputs.take(plain("new", "new_charge", "new_kg")),
        install_share=inputs.take(plain("inst", "install", "install_share")),
        operating_kg=inputs.take(plain("operating", "operating_kg")),
        leak_share=inputs.take(plain("oper", "leak", "leak_share")),
        disposed_kg=inputs.take(plain("disposed", "disposed_kg")),
        remain_share=inputs.take(plain("remain", "remain_share")),
        recovery_share=inputs.take(plain("recovery", "recovery_share")),
    )
    return gas_emission(lost_kg=lost_kg, gwp100=inputs.take(GWP100))


def _balanced(inputs: Inputs) -> Decimal:
    lost_kg = balanced_kg(
        new_charge_kg=inputs.take(plain("charge", "new_charge", "charge_kg")),
        new_capacity_kg=inputs.take(plain("capacity", "new_capacity", "capacity_kg")),
        recharge_kg=inputs.take(plain("recharge", "recharge_kg")),
        disposed_capacity_kg=inputs.take(plain("disposed", "disposed_capacity", "disposed_kg")),
        recovered_kg=inputs.take(plain("recovered", "recovered_kg")),
    )
    return gas_emission(lost_kg=lost_kg, gwp100=inputs.take(GWP100))


def _summed_gas(inputs: Inputs) -> Decimal:
    gwp100 = inputs.take(GWP100)
    return gas_emission(lost_kg=exact_sum(inputs.rest()), gwp100=gwp100)


def _even_blend(inputs: Inputs) -> Decimal:
    """Equal mass shares; a third has no last digit, so the sum is divided, not the shares."""
    values = inputs.rest()
    return share(weight=exact_sum(values), total_weight=Decimal(len(values)))


def _treated(inputs: Inputs) -> Decimal:
    quantity = plain("qty", "quantity", "mass_kg", "mass_t", "kg", "t")
    return treatment_emission(inputs.rows(quantity, FACTOR))


def _short_tons(inputs: Inputs) -> Decimal:
    return short_ton_emission(
        mass_t=inputs.take(MASS_T),
        short_ton_per_t=inputs.take_or(plain("short_ton_per_t"), PRINTED_SHORT_TON_PER_T),
        tco2e_per_short_ton=inputs.take(FACTOR),
    )


def _pounds(inputs: Inputs) -> Decimal:
    return pound_emission(
        mass_lb=inputs.take(plain("lb", "mass_lb")), tco2e_per_short_ton=inputs.take(FACTOR)
    )


def _spend(inputs: Inputs) -> Decimal:
    rows = inputs.rows(plain("amount", "amounts", "spend"), FACTOR)
    return spend_emission((amount, factor) for amount, factor in rows)


def _split_total(inputs: Inputs) -> Decimal:
    total = inputs.take(TOTAL)
    return treatment_emission((total, *row) for row in inputs.rows(SHARE, FACTOR))


def _reduction(inputs: Inputs) -> Decimal:
    return reduction_percent(before=inputs.take(plain("a")), after=inputs.take(plain("b")))


def _everything(inputs: Inputs) -> Decimal:
    return exact_sum(inputs.rest())


def _both_parts(inputs: Inputs) -> Decimal:
    return exact_sum([inputs.take(plain("wtt")), inputs.take(plain("ttw"))])


FORMULAS: Mapping[str, Row] = MappingProxyType(
    {
        "t*km": Row(_activity),
        "sum(t*km)": Row(_summed_activity),
        "sum(t*sfd)": Row(_summed_activity),
        "sum(km*kg/1000)": Row(_summed_parcels),
        "mass*distance*ef": Row(_transport),
        "t*km*i": Row(_transport),
        "t*km*intensity": Row(_transport),
        "t*km*g/1000": Row(_transport_in_g),
        "tm*g/1000": Row(_ton_miles_in_g),
        "teu*km*g/1e6": Row(_containers_in_t),
        "vm*ef": Row(_vehicle_miles),
        "t*ef": Row(_payload),
        "l*ef": Row(_fuel),
        "l*rho*ef": Row(_fuel_by_mass),
        "t*1000*ef": Row(_fuel_in_t),
        "sum(l)*ef+kg*gwp": Row(_fuel_and_leak),
        "kg*gwp": Row(_leaked),
        "sum(kwh*ef)": Row(_electricity),
        "kwh*3.6*ef/1000": Row(_electricity_per_mj),
        "sum(kwh*ef*loss)": Row(_grid_losses),
        "rho*ncv*c*ox*44/12": Row(_fuel_carbon),
        "kg/tkm": Row(_toc),
        "g/t": Row(_per_train_t),
        "flights*fuel*ef/tkm": Row(_flights),
        "a+(b-a)*load": Row(_at_load, "load_linearity"),
        "kg/(trips*km*load)": Row(_lane),
        "kg/t": Row(_per_outbound_t),
        "base+kg/t": Row(_base_and_per_t),
        "base*uplift": Row(_uplifted),
        "t*i": Row(_hub),
        "(kwh_el*ef_el+kwh_gas*ef_gas)*own/total": Row(_shared_site),
        "sum(m3*days*ef)": Row(_storage),
        "total*tkm/sum(tkm)": Row(_allocated),
        "tkm/total": Row(_share_of_total),
        "share*total": Row(_by_share),
        "l/items*rho*ef": Row(_per_parcel),
        "trucks*(ac+tru)": Row(_truck_leakage),
        "(new*inst+operating*oper+disposed*remain*(1-recovery))*gwp": Row(_screened),
        "(charge-capacity+recharge+disposed-recovered)*gwp": Row(_balanced),
        "sum*gwp": Row(_summed_gas),
        "mean": Row(_even_blend, "blend_mismatch"),
        "sum(qty*ef)": Row(_treated),
        "t*1.102*ef*1000": Row(_short_tons),
        "lb/2000*ef*1000": Row(_pounds),
        "sum(amount*ef)": Row(_spend),
        "sum(total*share*ef)": Row(_split_total),
        "(a-b)/a*100": Row(_reduction),
        "sum": Row(_everything),
        "wtt+ttw": Row(_both_parts, "wtw_split"),
    }
)


def row_of(formula: str) -> Row | None:
    """Return the row of ``formula``, however it is spaced, or ``None`` for an unknown one.

    Examples
    --------
    >>> row_of("sum(l)*ef + kg*gwp") is FORMULAS["sum(l)*ef+kg*gwp"]
    True
    """
    return FORMULAS.get("".join(formula.split()))
