"""The words for what may be wrong with factors, and one comparison of a figure with its others."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from emissions.number import CONTEXT, ONE

# A ratio is taken for a power of ten within this share of it.
POWER_BAND_SHARE = Decimal("0.005")
MAX_POWER = 9


class Word(StrEnum):
    """Every finding of a file or a figure (emissions specification, section 2)."""

    SCHEMA = "schema"
    GAS_SUM = "gas_sum"
    WTW_SPLIT = "wtw_split"
    LOAD_LINEARITY = "load_linearity"
    UNIT_PAIR = "unit_pair"
    IMPLIED_PAYLOAD = "implied_payload"
    GWP_MISMATCH = "gwp_mismatch"
    BLEND_MISMATCH = "blend_mismatch"
    GWP_SET_MIXED = "gwp_set_mixed"
    RESULT_MISMATCH = "result_mismatch"
    TOTAL_INHERITS = "total_inherits"
    POWER_OF_TEN = "power_of_ten"
    DECIMAL_COMMA = "decimal_comma"
    UNIT_TEXT = "unit_text"
    STALE_EDITION = "stale_edition"
    DUPLICATE_KEY = "duplicate_key"
    NEGATIVE = "negative"
    BLANK = "blank"
    LABEL_DAMAGE = "label_damage"
    LICENCE_MISSING = "licence_missing"
    UNIT_UNKNOWN = "unit_unknown"
    CELL_MISSING = "cell_missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One figure beside what its row, its neighbours or its publisher make of it.

    ``word`` is the finding where the two differ, ``None`` where they agree; an error keeps the
    rows out of every result until somebody approves them with a reason, a notice only tells.
    """

    check: Word
    factor_ids: tuple[str, ...]
    column: str
    published: Decimal | str
    computed: Decimal | str
    how: str
    word: Word | None
    is_error: bool = True

    @property
    def holds(self) -> bool:
        """Whether the figure agrees."""
        return self.word is None

    @property
    def is_fault(self) -> bool:
        """Whether the rows must stay out."""
        return self.word is not None and self.is_error


def word_of(
    published: Decimal, computed: Decimal, *, tolerance: Decimal, otherwise: Word
) -> Word | None:
    """Return the finding of ``published`` against ``computed``, ``None`` within ``tolerance``.

    A figure that is wrong by a power of ten says more than that it is wrong: by thousands its
    unit is another than the one named (t for kg), by other powers a digit slipped.

    Examples
    --------
    >>> milli = Decimal("0.001")
    >>> word_of(Decimal("3.6801"), Decimal("36.801"), tolerance=milli, otherwise=Word.WTW_SPLIT)
    <Word.POWER_OF_TEN: 'power_of_ten'>
    """
    if is_within(published, computed, tolerance):
        return None
    power = power_between(published, computed, band_share=POWER_BAND_SHARE)
    if power is None:
        return otherwise
    return Word.UNIT_TEXT if power % 3 == 0 else Word.POWER_OF_TEN


def is_within(one: Decimal, other: Decimal, tolerance: Decimal) -> bool:
    """Return whether two figures differ by at most ``tolerance``.

    Examples
    --------
    >>> is_within(Decimal("0.10"), Decimal("0.11"), Decimal("0.01"))
    True
    """
    return CONTEXT.subtract(one, other).copy_abs() <= tolerance


def compared(
    check: Word,
    factor_id: str,
    column: str,
    published: Decimal,
    computed: Decimal,
    *,
    tolerance: Decimal,
    how: str,
) -> Comparison:
    """Return the comparison of one figure of one row; ``check`` is its finding by default."""
    return Comparison(
        check=check,
        factor_ids=(factor_id,),
        column=column,
        published=published,
        computed=computed,
        how=how,
        word=word_of(published, computed, tolerance=tolerance, otherwise=check),
    )


def power_between(published: Decimal, computed: Decimal, *, band_share: Decimal) -> int | None:
    """Return n where ``published`` is ``computed`` x 10^n within ``band_share`` and n is not 0."""
    if published <= 0 or computed <= 0:
        return None
    ratio = CONTEXT.divide(published, computed)
    power = ratio.adjusted()
    for n in (power, power + 1):
        left = ratio.scaleb(-n, context=CONTEXT)
        if n and abs(n) <= MAX_POWER and is_within(left, ONE, band_share):
            return n
    return None
