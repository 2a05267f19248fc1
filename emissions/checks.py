"""Every figure that can be computed again is computed again; what differs is a finding.

A check yields one comparison for each figure it could try, so that what was not tried is known too.
"""

from collections.abc import Callable, Iterator

from emissions.check_rows import cells, duplicates, labels, licence
from emissions.check_sources import blend, gwp, peers, ranges, result, stale
from emissions.check_sums import gas_sum, implied_payload, load_linearity, unit_pair, wtw_split
from emissions.factor import FactorSet
from emissions.finding import Comparison, Word
from emissions.subject import Subject

Check = Callable[[Subject], Iterator[Comparison]]

CHECKS: dict[Word, Check] = {
    Word.GAS_SUM: gas_sum,
    Word.WTW_SPLIT: wtw_split,
    Word.LOAD_LINEARITY: load_linearity,
    Word.UNIT_PAIR: unit_pair,
    Word.IMPLIED_PAYLOAD: implied_payload,
    Word.GWP_MISMATCH: gwp,
    Word.BLEND_MISMATCH: blend,
    Word.RESULT_MISMATCH: result,
    Word.POWER_OF_TEN: peers,
    Word.UNIT_TEXT: ranges,
    Word.STALE_EDITION: stale,
    Word.DUPLICATE_KEY: duplicates,
    Word.LABEL_DAMAGE: labels,
    Word.LICENCE_MISSING: licence,
    Word.CELL_MISSING: cells,
}


def check_set(subject: Subject) -> tuple[Comparison, ...]:
    """Return every comparison of every check, in the order of ``CHECKS``."""
    return tuple(one for check in CHECKS.values() for one in check(subject))


def faults_of(one: FactorSet, comparisons: tuple[Comparison, ...]) -> frozenset[str]:
    """Return the rows of ``one`` that an error keeps out of every result."""
    own = {factor.factor_id for factor in one.factors}
    return frozenset(
        factor_id
        for comparison in comparisons
        if comparison.is_fault
        for factor_id in comparison.factor_ids
        if factor_id in own
    )
