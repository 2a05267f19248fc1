"""Coefficient bands of a tenant: what share of a category's mass a material may be. None, first."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from ledger.contract import View
from ledger.desk.ask import Keep
from ledger.desk.keep import keep, not_for, not_kept
from ledger.desk.told_rows import CATEGORY, backwards, rows, twice
from ledger.records import Decision, Ref
from recycling.evidence import SLUG, EvidenceError, needs, plain, read_evidence, share
from recycling.mass_balance import Band
from recycling.vocabulary import Problem, Role

BANDS = "coefficient_bands"
MAX_BANDS = 2_000
_BAND = (
    needs("category", CATEGORY),
    needs("material", SLUG),
    needs("low_share", share()),
    needs("high_share", share()),
)
_LIST = rows(
    "bands", _BAND, MAX_BANDS, twice("category", "material"), backwards("low_share", "high_share")
)


def keep_bands(told: Keep, view: View) -> Decision:
    """Keep the bands of a tenant; its id is theirs, so that there is one list."""
    if refused := not_for(told, view, Role.PLATFORM):
        return refused
    try:
        read = read_evidence((_LIST,), told.body)
    except EvidenceError as error:
        return not_kept(Problem.VALIDATION_FAILED, f"{BANDS}: {error}", error.errors)
    return keep(replace(told, id=view.caller.tenant, body=plain(read)), view)


def bands_of(view: View) -> tuple[Band, ...]:
    """Return the bands in force; none where the tenant told none."""
    row = view.find(Ref(BANDS, view.caller.tenant))
    if row is None:
        return ()
    return tuple(Band(**one) for one in read_evidence((_LIST,), row.body).get("bands", ()))


BAND_KEEPERS: Mapping[str, Callable[[Keep, View], Decision]] = {BANDS: keep_bands}
