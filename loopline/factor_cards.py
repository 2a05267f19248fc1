"""A factor as its publisher prints it, for the pages that show where a number comes from."""

from emissions.factor import Factor, FactorBook
from web.services import FactorCard


class FactorCards:
    """Finds the card of a factor by the name that facts carry: ``set/factor``."""

    def __init__(self, book: FactorBook) -> None:
        """Index the book once."""
        self._by_name: dict[str, Factor] = {
            f"{factor.set_id}/{factor.factor_id}": factor
            for published in book.sets
            for factor in published.factors
        }

    def find(self, name: str) -> FactorCard | None:
        """Return the card of ``name``, or None where the shipped sets do not hold it."""
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
