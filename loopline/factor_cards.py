"""A factor as its publisher prints it, for the pages that show where a number comes from."""

from collections.abc import Iterable

from emissions.factor import Factor, FactorSet
from web.services import FactorCard


class FactorCards:
    """Finds the card of a factor by the name that facts carry: ``set/factor``."""

    def __init__(self, sets: Iterable[FactorSet]) -> None:
        """Know the factors of ``sets``."""
        self._by_name: dict[str, Factor] = {}
        self.learn(sets)

    def learn(self, sets: Iterable[FactorSet]) -> None:
        """Know the factors of ``sets`` too, such as those approved since."""
        self._by_name |= {
            f"{factor.set_id}/{factor.factor_id}": factor
            for published in sets
            for factor in published.factors
        }

    def find(self, name: str) -> FactorCard | None:
        """Return the card of ``name``, or None where no known set holds it."""
        factor = self._by_name.get(name)
        if factor is None:
            return None
        return FactorCard(
            factor_id=factor.factor_id,
            factor_set=factor.set_id,
            set_version=factor.manifest.version,
            per_unit=factor.per_unit,
            wtt_kgco2e=factor.wtt_kgco2e,
            ttw_kgco2e=factor.ttw_kgco2e,
            source=factor.source,
            licence=factor.licence,
            cells=factor.cells,
            valid_from=factor.valid_from,
            valid_to=factor.valid_to,
        )
