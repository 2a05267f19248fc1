"""What a new edition changes: rows that came, rows that went, and figures that moved."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from emissions.factor import Factor, FactorSet
from emissions.number import CONTEXT

FIGURES = ("ttw_kgco2e", "wtt_kgco2e", "wtw_kgco2e", "co2_kg", "biogenic_co2_kg")
# What a row is a figure of; its edition's year is no part of that, but for electricity.
MEANING = (
    "kind", "mode", "vehicle_class", "energy", "region", "temperature", "load_basis",
    "distance_basis", "basis", "per_unit",
)  # fmt: skip
Key = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One figure in two sets; ``change_share`` is new / old - 1, unknown where one is missing."""

    factor_id: str
    before_id: str
    column: str
    before: Decimal | None
    after: Decimal | None
    change_share: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetDiff:
    """Two sets compared row by row, by what a row means."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[Change, ...]
    unchanged: int


def diff(before: FactorSet, after: FactorSet) -> SetDiff:
    """Return what ``after`` changes against ``before``."""
    old, new = _by_meaning(before.factors), _by_meaning(after.factors)
    both = sorted(old.keys() & new.keys())
    changes = [change for key in both for change in _changes(old[key], new[key])]
    moved = {change.factor_id for change in changes}
    return SetDiff(
        added=tuple(sorted(new[key].factor_id for key in new.keys() - old.keys())),
        removed=tuple(sorted(old[key].factor_id for key in old.keys() - new.keys())),
        changed=tuple(changes),
        unchanged=sum(1 for key in both if new[key].factor_id not in moved),
    )


def _by_meaning(factors: Iterable[Factor]) -> dict[Key, Factor]:
    found: dict[Key, Factor] = {}
    for factor in factors:
        year = str(factor.year) if factor.kind == "electricity" else ""
        # Hubs and parameters have no class: their id without the set's name tells them apart.
        name = "" if factor.vehicle_class or factor.energy else _own_name(factor)
        key = (*(str(getattr(factor, part)) for part in MEANING), year, name)
        while key in found:  # two rows of one meaning: told apart by their ids
            key = (*key, _own_name(factor))
        found[key] = factor
    return found


def _own_name(factor: Factor) -> str:
    return factor.factor_id.removeprefix(f"{factor.set_id}.")


def _changes(before: Factor, after: Factor) -> list[Change]:
    return [
        Change(
            factor_id=after.factor_id,
            before_id=before.factor_id,
            column=column,
            before=old,
            after=new,
            change_share=CONTEXT.subtract(CONTEXT.divide(new, old), 1) if old and new else None,
        )
        for column in FIGURES
        for old, new in ((getattr(before, column), getattr(after, column)),)
        if old != new
    ]
