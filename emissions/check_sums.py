"""Sums within a row and between rows of one table: gases, parts, loads, units, payload.

The tests and tolerances are those of the emissions specification, section 2.
"""

from collections.abc import Iterator
from decimal import Decimal

from emissions.factor import Factor
from emissions.finding import Comparison, Word, compared, word_of
from emissions.number import CONTEXT, ZERO
from emissions.subject import FIGURE_COLUMNS, Subject
from emissions.table import NUMBER

GAS_SUM_KGCO2E = Decimal("0.000015")
LINEARITY_KGCO2E = Decimal("0.00001")
UNIT_PAIR_KGCO2E = Decimal("0.00003")
GAS_PLACES = Decimal("1.5")
HALF = Decimal("0.5")
LEAST_PAYLOAD_T, MOST_PAYLOAD_T = Decimal("0.05"), Decimal(40)
GASES = ("co2_kg", "ch4_kgco2e", "n2o_kgco2e")
# The larger unit, the smaller one, and how many of the smaller make one of the larger.
UNIT_PAIRS = (
    ("mi", "km", Decimal("1.609344")),
    ("short_ton_mile", "tkm", Decimal("1.45997231821056")),
    ("gal", "l", Decimal("3.785411784")),
    ("t", "kg", Decimal(1_000)),
    ("short_ton", "kg", Decimal("907.18474")),
)

# Conversions a manifest may name; publishers round them, 1.102 short tons to the tonne.
CONSTANT_SHARE = Decimal("0.0005")
CONSTANTS = {
    "km_per_mi": Decimal("1.609344"),
    "l_per_gal": Decimal("3.785411784"),
    "t_per_short_ton": Decimal("0.90718474"),
    "short_ton_per_t": Decimal("1.10231131"),
    "tkm_per_short_ton_mile": Decimal("1.45997231821056"),
    "g_per_kg": Decimal(1_000),
    "kg_per_t": Decimal(1_000),
    "mj_per_kwh": Decimal("3.6"),
}


def gas_sum(subject: Subject) -> Iterator[Comparison]:
    """CO2 + CH4 + N2O = operation; with CO2 alone only where the set says that it has no more."""
    for factor in subject.factors:
        gases = [getattr(factor, name) for name in GASES]
        total = factor.ttw_kgco2e
        is_whole = None not in gases or _is_co2_alone(factor)
        if total is None or gases[0] is None or not is_whole:
            continue
        place = subject.last_place(factor, "ttw_kgco2e", *GASES)
        yield compared(
            Word.GAS_SUM,
            factor.factor_id,
            "ttw_kgco2e",
            total,
            _total(gas for gas in gases if gas is not None),
            tolerance=max(GAS_SUM_KGCO2E, CONTEXT.multiply(GAS_PLACES, place)),
            how="co2_kg + ch4_kgco2e + n2o_kgco2e",
        )


def _is_co2_alone(factor: Factor) -> bool:
    has_rest = factor.ch4_kgco2e is not None or factor.n2o_kgco2e is not None
    return factor.manifest.gwp_set == "co2_only" and not has_rest


def _total(parts: Iterator[Decimal]) -> Decimal:
    total = ZERO
    for part in parts:
        total = CONTEXT.add(total, part)
    return total


def wtw_split(subject: Subject) -> Iterator[Comparison]:
    """WTT + TTW = WTW, within one unit of the last printed place."""
    for factor in subject.factors:
        ttw, wtt, wtw = factor.ttw_kgco2e, factor.wtt_kgco2e, factor.wtw_kgco2e
        if ttw is None or wtt is None or wtw is None:
            continue
        yield compared(
            Word.WTW_SPLIT,
            factor.factor_id,
            "wtw_kgco2e",
            wtw,
            CONTEXT.add(wtt, ttw),
            tolerance=subject.last_place(factor, *FIGURE_COLUMNS),
            how="wtt_kgco2e + ttw_kgco2e",
        )


def load_linearity(subject: Subject) -> Iterator[Comparison]:
    """A half laden vehicle is the mean of an empty and a full one, per kilometre."""
    for rows in subject.groups("load_basis", kind="intensity_km"):
        if not {"0", "50", "100"} <= rows.keys():
            continue
        empty, half, full = (rows[load] for load in ("0", "50", "100"))
        for column in FIGURE_COLUMNS:
            low, middle, high = (getattr(one, column) for one in (empty, half, full))
            if None in (low, middle, high):
                continue
            mean = CONTEXT.divide(CONTEXT.add(low, high), 2)
            place = subject.last_place(half, column)
            tolerance = max(LINEARITY_KGCO2E, place)
            yield Comparison(
                check=Word.LOAD_LINEARITY,
                factor_ids=(half.factor_id, empty.factor_id, full.factor_id),
                column=column,
                published=middle,
                computed=mean,
                how="the mean of 0 and 100 % load",
                word=word_of(middle, mean, tolerance=tolerance, otherwise=Word.LOAD_LINEARITY),
            )


def unit_pair(subject: Subject) -> Iterator[Comparison]:
    """The same figure per two units differs by the ratio of the units, and by rounding."""
    yield from _constants(subject)
    for rows in subject.groups("per_unit"):
        for large, small, ratio in UNIT_PAIRS:
            if large not in rows or small not in rows:
                continue
            one, other = rows[large], rows[small]
            for column in FIGURE_COLUMNS:
                printed, per_small = getattr(one, column), getattr(other, column)
                if printed is not None and per_small is not None:
                    computed = CONTEXT.multiply(per_small, ratio)
                    tolerance = _pair_tolerance(subject, one, other, column, ratio)
                    yield Comparison(
                        check=Word.UNIT_PAIR,
                        factor_ids=(one.factor_id, other.factor_id),
                        column=column,
                        published=printed,
                        computed=computed,
                        how=f"{per_small:f} per {small} x {ratio:f}",
                        word=word_of(
                            printed, computed, tolerance=tolerance, otherwise=Word.UNIT_PAIR
                        ),
                    )


def _constants(subject: Subject) -> Iterator[Comparison]:
    """A conversion of the manifest is the known ratio, as closely as publishers round it."""
    for name, text in subject.set.manifest.conversions.items():
        known = CONSTANTS.get(name)
        if known is None:
            continue
        band = CONTEXT.multiply(known, CONSTANT_SHARE)
        is_number = NUMBER.fullmatch(text) is not None
        word: Word | None = Word.UNIT_PAIR
        if is_number:
            word = word_of(Decimal(text), known, tolerance=band, otherwise=Word.UNIT_PAIR)
        ids = tuple(one.factor_id for one in subject.factors if name in one.cells)
        yield Comparison(
            check=Word.UNIT_PAIR,
            factor_ids=ids,
            column=name,
            published=text,
            computed=known,
            how="the known ratio of the two units",
            word=word,
            is_error=bool(ids),  # a constant that no row rests on keeps none out
        )


def _pair_tolerance(
    subject: Subject, one: Factor, other: Factor, column: str, ratio: Decimal
) -> Decimal:
    """Half a unit of the last place on either side, the smaller unit's enlarged by the ratio."""
    places = CONTEXT.fma(subject.last_place(other, column), ratio, subject.last_place(one, column))
    return max(UNIT_PAIR_KGCO2E, CONTEXT.multiply(HALF, places))


def implied_payload(subject: Subject) -> Iterator[Comparison]:
    """Per km over per tkm is the tonnes aboard: no vehicle carries 3 kg or 400 t on average."""
    for rows in subject.groups("per_unit", "kind"):
        if "km" not in rows or "tkm" not in rows:
            continue
        per_km, per_tkm = rows["km"], rows["tkm"]
        if not per_km.kind.startswith("intensity") or not per_tkm.kind.startswith("intensity"):
            continue
        for column in FIGURE_COLUMNS:
            above, below = getattr(per_km, column), getattr(per_tkm, column)
            if above and below:
                payload_t = CONTEXT.divide(above, below)
                is_likely = LEAST_PAYLOAD_T <= payload_t <= MOST_PAYLOAD_T
                yield Comparison(
                    check=Word.IMPLIED_PAYLOAD,
                    factor_ids=(per_tkm.factor_id, per_km.factor_id),
                    column=column,
                    published=below,
                    computed=f"{payload_t:.3f} t",
                    how=f"{above:f} per km / {below:f} per tkm, "
                    f"within {LEAST_PAYLOAD_T} to {MOST_PAYLOAD_T} t",
                    word=None if is_likely else Word.IMPLIED_PAYLOAD,
                )
