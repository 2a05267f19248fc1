"""Figures against their sources: printed GWPs, derived figures, other publishers, old editions.

The tests and tolerances are those of the emissions specification, section 2.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from emissions.derivation import CannotDerive, cells_by_part
from emissions.eligible import LOAD_ORDER
from emissions.factor import Factor
from emissions.finding import Comparison, Word, compared, is_within, power_between, word_of
from emissions.manifest import GWP_CONSTANT
from emissions.number import CONTEXT
from emissions.set_file import COLUMN_OF_PART
from emissions.stale import stale_figures
from emissions.subject import FIGURE_COLUMNS, Subject

RESULT_SHARE = Decimal("0.005")
# Two figures for the same thing differ by load and country, hardly ever by this much.
PEER_BAND_SHARE = Decimal("0.4")
# How far beyond all packaged figures of its kind, unit and mode a figure may lie.
RANGE_TIMES = Decimal(5)
THOUSAND = Decimal(1_000)


def gwp(subject: Subject) -> Iterator[Comparison]:
    """A printed GWP100 is the one of the declared assessment, exactly."""
    declared = subject.set.manifest.gwp_set
    printed = list(_printed_gwps(subject))
    fitting = any(
        value == subject.gwps.gwp100.get((species, declared))
        and subject.gwps.sets_with(species, value) == (declared,)
        for _, _, species, value in printed
    )
    for ids, column, species, value in printed:
        known = subject.gwps.gwp100.get((species, declared))
        if known is None:
            continue
        elsewhere = subject.gwps.sets_with(species, value)
        word = None
        if value != known:
            is_mixed = fitting and bool(elsewhere)
            word = Word.GWP_SET_MIXED if is_mixed else Word.GWP_MISMATCH
        yield Comparison(
            check=Word.GWP_MISMATCH,
            factor_ids=ids,
            column=column,
            published=value,
            computed=known,
            how=f"GWP100 of {species} in {declared}"
            + (f"; printed is that of {', '.join(elsewhere)}" if word and elsewhere else ""),
            word=word,
            is_error=bool(ids),  # a constant that no row rests on keeps none out
        )


def _printed_gwps(subject: Subject) -> Iterator[tuple[tuple[str, ...], str, str, Decimal]]:
    for factor in subject.factors:
        if factor.kind == "refrigerant" and factor.ttw_kgco2e is not None:
            yield (factor.factor_id,), "ttw_kgco2e", factor.energy, factor.ttw_kgco2e
    for name, text in subject.set.manifest.conversions.items():
        if name.startswith(GWP_CONSTANT):
            ids = tuple(one.factor_id for one in subject.factors if name in one.cells)
            yield ids, name, name.removeprefix(GWP_CONSTANT), Decimal(text)


def blend(subject: Subject) -> Iterator[Comparison]:
    """The GWP100 of a blend is the mean of its species by mass."""
    declared = subject.set.manifest.gwp_set
    for factor in subject.factors:
        computed = subject.gwps.of_blend(factor.energy, declared)
        if factor.kind != "refrigerant" or factor.ttw_kgco2e is None or computed is None:
            continue
        yield compared(
            Word.BLEND_MISMATCH,
            factor.factor_id,
            "ttw_kgco2e",
            factor.ttw_kgco2e,
            computed,
            tolerance=CONTEXT.multiply(RESULT_SHARE, computed),
            how=f"mass shares of {factor.energy} x GWP100 in {declared}",
        )


def result(subject: Subject) -> Iterator[Comparison]:
    """A figure whose cell is a sum is that sum; a total may be right only with a wrong part."""
    for factor in subject.factors:
        for part in cells_by_part(factor):
            column = COLUMN_OF_PART.get(part)
            published = None if column is None else getattr(factor, column)
            if column is None or published is None:
                continue
            try:
                if subject.deriver.is_arithmetic(factor, part):
                    yield _derived(subject, factor, part, published)
            except CannotDerive as error:
                yield Comparison(
                    check=Word.RESULT_MISMATCH,
                    factor_ids=(factor.factor_id,),
                    column=column,
                    published=published,
                    computed="not derived",
                    how=f"the cell {part}={cells_by_part(factor)[part]} {error}",
                    word=Word.CELL_MISSING,
                )


def _derived(subject: Subject, factor: Factor, part: str, published: Decimal) -> Comparison:
    column = COLUMN_OF_PART[part]
    stated = subject.deriver.value(factor, part, anew=False)
    anew = subject.deriver.value(factor, part, anew=True)
    place = subject.last_place(factor, column)
    word = word_of(
        published,
        stated,
        tolerance=_result_tolerance(stated, place),
        otherwise=Word.RESULT_MISMATCH,
    )
    if word is None and not is_within(published, anew, _result_tolerance(anew, place)):
        word = Word.TOTAL_INHERITS
    return Comparison(
        check=Word.RESULT_MISMATCH,
        factor_ids=(factor.factor_id,),
        column=column,
        published=published,
        computed=anew if word is Word.TOTAL_INHERITS else stated,
        how=f"{part}={cells_by_part(factor)[part]}",
        word=word,
    )


def _result_tolerance(computed: Decimal, place: Decimal) -> Decimal:
    return max(CONTEXT.multiply(RESULT_SHARE, computed.copy_abs()), place)


def peers(subject: Subject) -> Iterator[Comparison]:
    """Two publishers' figures for the same thing do not differ by powers of ten."""
    known: dict[tuple[str, ...], Factor] = {}
    rows = [row for other in subject.references for row in other.factors]
    for row in sorted(rows, key=lambda one: (LOAD_ORDER[one.load_basis], one.factor_id)):
        known.setdefault(_thing(row), row)
    for factor in subject.factors:
        peer = known.get(_thing(factor))
        for column in FIGURE_COLUMNS if peer else ():
            own, others = getattr(factor, column), getattr(peer, column)
            if peer and own and others:
                power = power_between(own, others, band_share=PEER_BAND_SHARE)
                word = Word.UNIT_TEXT if power and power % 3 == 0 else Word.POWER_OF_TEN
                yield Comparison(
                    check=Word.POWER_OF_TEN,
                    factor_ids=(factor.factor_id,),
                    column=column,
                    published=own,
                    computed=others,
                    how=f"the size of {peer.factor_id}",
                    word=word if power else None,
                )


def _thing(factor: Factor) -> tuple[str, ...]:
    """What two publishers may both have a figure of, at whatever load and temperature."""
    names = ("kind", "mode", "vehicle_class", "energy", "basis", "per_unit")
    return tuple(str(getattr(factor, name)) for name in names)


def ranges(subject: Subject) -> Iterator[Comparison]:
    """A figure far from all others of its kind, unit and mode; grams for kilograms are an error."""
    spans = _spans(row for other in subject.references for row in other.factors)
    for factor in subject.factors:
        for column in FIGURE_COLUMNS:
            span = spans.get((factor.kind, factor.per_unit, factor.mode, column))
            figure = getattr(factor, column)
            if span is None or not figure:
                continue
            word = _word_in(figure, span)
            yield Comparison(
                check=Word.UNIT_TEXT,
                factor_ids=(factor.factor_id,),
                column=column,
                published=figure,
                computed=f"{span[0]:f} to {span[1]:f}",
                how=f"figures of other sets per {factor.per_unit}, {RANGE_TIMES} times beyond",
                word=word,
                is_error=word is not Word.POWER_OF_TEN,
            )


def _word_in(figure: Decimal, span: "Span") -> Word | None:
    low, high = CONTEXT.divide(span[0], RANGE_TIMES), CONTEXT.multiply(span[1], RANGE_TIMES)
    if low <= figure <= high:
        return None
    moved = (
        CONTEXT.divide(figure, THOUSAND) if figure > high else CONTEXT.multiply(figure, THOUSAND)
    )
    return Word.UNIT_TEXT if low <= moved <= high else Word.POWER_OF_TEN


Span = tuple[Decimal, Decimal]


def _spans(rows: Iterable[Factor]) -> dict[tuple[str, str, str, str], Span]:
    spans: dict[tuple[str, str, str, str], Span] = {}
    for row in rows:
        for column in FIGURE_COLUMNS:
            figure: Decimal | None = getattr(row, column)
            if figure:
                key = (row.kind, row.per_unit, row.mode, column)
                low, high = spans.get(key, (figure, figure))
                spans[key] = (min(low, figure), max(high, figure))
    return spans


def stale(subject: Subject) -> Iterator[Comparison]:
    """A figure of a replaced edition, and a set that has a younger edition beside it."""
    for factor in subject.factors:
        for known in stale_figures():
            if (factor.region, factor.mode) != (known.region, known.mode):
                continue
            for column in ("co2_kg", "ttw_kgco2e"):
                figure = getattr(factor, column)
                if figure is not None and known.stands_in(figure, factor.per_unit):
                    yield Comparison(
                        check=Word.STALE_EDITION,
                        factor_ids=(factor.factor_id,),
                        column=column,
                        published=figure,
                        computed=known.current_figure,
                        how=f"{known.publisher}, {known.title}: {known.note}",
                        word=Word.STALE_EDITION,
                    )
    yield from _younger(subject)


def _younger(subject: Subject) -> Iterator[Comparison]:
    manifest = subject.set.manifest
    for other in subject.others:
        theirs = other.manifest
        same = (theirs.publisher, theirs.title) == (manifest.publisher, manifest.title)
        if same:
            is_younger = theirs.year > manifest.year
            yield Comparison(
                check=Word.STALE_EDITION,
                factor_ids=(),
                column="year",
                published=str(manifest.year),
                computed=str(theirs.year),
                how=f"{theirs.set_id} is an edition of the same title",
                word=Word.STALE_EDITION if is_younger else None,
                is_error=False,
            )
