"""A set under test: its rows, the other sets beside it, and the precision it was printed with."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType

from emissions.derivation import Deriver
from emissions.factor import Factor, FactorSet
from emissions.number import CONTEXT, ONE

FIGURE_COLUMNS = ("ttw_kgco2e", "wtt_kgco2e", "wtw_kgco2e")
GwpKey = tuple[str, str]
# What makes two rows of one table the same figure, but for what a check varies.
MEANING = (
    "kind", "mode", "vehicle_class", "energy", "region", "temperature", "load_basis",
    "distance_basis", "basis", "per_unit", "year",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class GwpTable:
    """GWP100 by (species, gwp_set), and blends as mass shares by species; names as rows have them.

    An empty table means that printed GWPs cannot be compared with anything.
    """

    gwp100: Mapping[GwpKey, Decimal] = field(default_factory=dict)
    blends: Mapping[str, Mapping[str, Decimal]] = field(default_factory=dict)

    def of_blend(self, blend: str, gwp_set: str) -> Decimal | None:
        """Return the GWP100 of a blend from its mass shares, ``None`` where one is unknown."""
        shares = self.blends.get(blend)
        if shares is None or any((one, gwp_set) not in self.gwp100 for one in shares):
            return None
        total = Decimal(0)
        for species, share in shares.items():
            total = CONTEXT.fma(share, self.gwp100[species, gwp_set], total)
        return total

    def sets_with(self, species: str, gwp100: Decimal) -> tuple[str, ...]:
        """Return the assessments in which ``species`` has the value ``gwp100``."""
        return tuple(
            sorted(one for (name, one), value in self.gwp100.items()
                   if name == species and value == gwp100)
        )  # fmt: skip


class Subject:
    """One set, what it can be compared with, and the last place each column was printed at."""

    def __init__(
        self,
        one: FactorSet,
        *,
        others: Iterable[FactorSet] = (),
        references: Iterable[FactorSet] | None = None,
        gwps: GwpTable | None = None,
    ) -> None:
        """Read the set once; every check asks this object.

        ``others`` may be named by cells; ``references`` (else the others) show how large such
        figures are: a draft with a slip must not widen what passes for the next one.
        """
        self.set = one
        self.factors = one.factors
        self.others = _beside(one, others)
        self.references = self.others if references is None else _beside(one, references)
        self.gwps = gwps or GwpTable()
        known = {factor.factor_id: factor for other in self.others for factor in other.factors}
        known.update({factor.factor_id: factor for factor in one.factors})
        self.deriver = Deriver(MappingProxyType(known))
        self._places = _places(one.factors)

    def last_place(self, factor: Factor, *columns: str) -> Decimal:
        """Return one unit of the last place the coarsest of ``columns`` is printed at.

        The place is that of the whole column for one unit, since publishers drop final zeros.
        """
        exponents = [
            self._places[factor.kind, factor.per_unit, column]
            for column in columns
            if (factor.kind, factor.per_unit, column) in self._places
        ]
        return ONE.scaleb(max(exponents, default=0), context=CONTEXT)

    def groups(self, *varying: str, kind: str | None = None) -> Iterator[dict[str, Factor]]:
        """Yield rows alike in all but ``varying``, by the value of the first of these."""
        kept = tuple(name for name in MEANING if name not in varying)
        found: dict[tuple[object, ...], dict[str, Factor]] = {}
        for factor in self.factors:
            if kind is None or factor.kind == kind:
                key = tuple(getattr(factor, name) for name in kept)
                rows = found.setdefault(key, {})
                rows.setdefault(str(getattr(factor, varying[0])), factor)
        yield from (rows for rows in found.values() if len(rows) > 1)


def _beside(one: FactorSet, sets: Iterable[FactorSet]) -> tuple[FactorSet, ...]:
    found = (other for other in sets if other.manifest.set_id != one.manifest.set_id)
    return tuple(sorted(found, key=lambda other: other.manifest.set_id))


def _places(factors: Iterable[Factor]) -> dict[tuple[str, str, str], int]:
    places: dict[tuple[str, str, str], int] = {}
    columns = (*FIGURE_COLUMNS, "co2_kg", "ch4_kgco2e", "n2o_kgco2e")
    for factor in factors:
        for column in columns:
            figure: Decimal | None = getattr(factor, column)
            if figure:
                exponent = figure.as_tuple().exponent
                key = (factor.kind, factor.per_unit, column)
                assert isinstance(exponent, int)  # noqa: S101 - a figure is finite
                places[key] = min(exponent, places.get(key, 0))
    return places
