"""What of the whole has a number, and on which kind of data these numbers stand."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from emissions.chain import exact_sum
from emissions.number import CONTEXT, ZERO
from emissions.selection import DATA_CLASS
from emissions.sums import ratio
from schemas.refusal import Reason, Refused, shown
from schemas.vocabulary import DataClass


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownRecord:
    """One leg that somebody told of; ``refused`` says why it has no number, where it has none."""

    shipment_id: str
    consignment_id: str
    mass_kg: Decimal | None
    category: str | None
    refused: Reason | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectsOfReason:
    """A stated gap: how many records one reason kept without a number."""

    records: int
    shipments: int
    mass_kg: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """Shares with a number; a shipment or consignment counts once, and only if all of it has one.

    ``consignments_without_mass`` are outside ``mass_share``: their mass is unknown, not zero.
    ``undated`` are rejects whose day nobody can tell: they belong to no period and to no share.
    """

    shipments: int
    covered_shipments: int
    partly_covered_shipments: int
    shipment_share: Decimal | None
    mass_kg: Decimal
    covered_mass_kg: Decimal
    consignments_without_mass: int
    mass_share: Decimal | None
    categories: int
    covered_categories: int
    category_share: Decimal | None
    gaps: Mapping[Reason, RejectsOfReason]
    undated: Mapping[Reason, int]

    @property
    def is_incomplete(self) -> bool:
        """Whether anything known has no number."""
        return bool(self.gaps or self.undated)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultData:
    """What of one result tells on which data it stands."""

    method: str
    toc_id: str
    kgco2e: Decimal
    transport_tkm: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class DataShares:
    """Sums by class of data; a share is ``None`` where the whole is nothing."""

    kgco2e: Mapping[DataClass, Decimal]
    transport_tkm: Mapping[DataClass, Decimal]

    def kg_share(self, data_class: DataClass) -> Decimal | None:
        """Return the share of ``data_class`` in all kilograms."""
        return ratio(self.kgco2e[data_class], exact_sum(self.kgco2e.values()))

    def tkm_share(self, data_class: DataClass) -> Decimal | None:
        """Return the share of ``data_class`` in all tonne-kilometres."""
        return ratio(self.transport_tkm[data_class], exact_sum(self.transport_tkm.values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What a store counted: shipments, consignments' mass and categories, known and covered."""

    shipments: int
    covered_shipments: int
    partly_covered_shipments: int
    mass_kg: Decimal
    covered_mass_kg: Decimal
    consignments_without_mass: int
    categories: int
    covered_categories: int


def coverage_from(
    counts: Counts,
    gaps: Mapping[Reason, RejectsOfReason],
    undated: Mapping[Reason, int] | None = None,
) -> Coverage:
    """Return the coverage that ``counts`` come to, the gaps stated beside it."""
    return Coverage(
        **{name: getattr(counts, name) for name in Counts.__slots__},
        shipment_share=_of(counts.covered_shipments, counts.shipments),
        mass_share=ratio(counts.covered_mass_kg, counts.mass_kg),
        category_share=_of(counts.covered_categories, counts.categories),
        gaps=dict(sorted(gaps.items())),
        undated=dict(sorted((undated or {}).items())),
    )


def coverage_of(records: Iterable[KnownRecord]) -> Coverage:
    """Return the share of shipments, mass and categories that have a number.

    A consignment's mass counts once: the largest that any of its records told. A category is
    covered if one of its records has a number.
    """
    known = tuple(records)
    refused = [one for one in known if one.refused is not None]
    answered = [one for one in known if one.refused is None]
    shipments = {one.shipment_id for one in known}
    refused_shipments = {one.shipment_id for one in refused}
    masses = _masses(known)
    refused_consignments = {_consignment(one) for one in refused}
    counts = Counts(
        shipments=len(shipments),
        covered_shipments=len(shipments - refused_shipments),
        partly_covered_shipments=len({one.shipment_id for one in answered} & refused_shipments),
        mass_kg=exact_sum(masses.values()),
        covered_mass_kg=exact_sum(
            kg for key, kg in masses.items() if key not in refused_consignments
        ),
        consignments_without_mass=len({_consignment(one) for one in known} - masses.keys()),
        categories=len({one.category for one in known if one.category is not None}),
        covered_categories=len({one.category for one in answered if one.category is not None}),
    )
    reasons = {one.refused for one in refused if one.refused is not None}
    gaps = {each: _rejects([one for one in refused if one.refused is each]) for each in reasons}
    return coverage_from(counts, gaps)


class DataTally:
    """Kilograms and tonne-kilometres by class of data, added one result after another.

    Primary are ranks 1 and 2 of the factor selection, modelled is 3, default are 4 and 5.
    """

    def __init__(self) -> None:
        """Begin with nothing, all classes named."""
        self._kgco2e = dict.fromkeys(DataClass, ZERO)
        self._transport_tkm = dict.fromkeys(DataClass, ZERO)
        self._by_default: set[str] = set()

    def add(self, row: ResultData) -> None:
        """Add one result.

        Raises
        ------
        Refused
            If it names a method that is no rank.
        """
        one = data_class_of(row.method)
        self._kgco2e[one] = CONTEXT.add(self._kgco2e[one], row.kgco2e)
        self._transport_tkm[one] = CONTEXT.add(self._transport_tkm[one], row.transport_tkm)
        if one is DataClass.DEFAULT:
            self._by_default.add(row.toc_id)

    def shares(self) -> DataShares:
        """Return the sums so far."""
        return DataShares(kgco2e=dict(self._kgco2e), transport_tkm=dict(self._transport_tkm))

    def unjustified(self, justifications: Mapping[str, str]) -> tuple[str, ...]:
        """Return the operation categories on default data that say nowhere why they must."""
        return tuple(sorted(toc for toc in self._by_default if not _is_said(justifications, toc)))


def data_shares(rows: Iterable[ResultData]) -> DataShares:
    """Return kilograms and tonne-kilometres by class of data, all classes named.

    Raises
    ------
    Refused
        If a row names a method that is no rank.
    """
    return _tallied(rows).shares()


def data_class_of(method: str) -> DataClass:
    """Return the class of data that a rank of the factor selection stands for.

    Examples
    --------
    >>> str(data_class_of("carrier_toc"))
    'primary'
    """
    if method not in DATA_CLASS:
        raise Refused(Reason.VOCABULARY, f"method {shown(method)} is no rank of the selection")
    return DataClass(DATA_CLASS[method])


def covered_tkm_shares(rows: Iterable[ResultData]) -> Mapping[str, Decimal]:
    """Return, per operation category, the share of its activity that has primary data."""
    by_toc: dict[str, list[ResultData]] = {}
    for row in rows:
        by_toc.setdefault(row.toc_id, []).append(row)
    shares = {
        toc_id: data_shares(of_toc).tkm_share(DataClass.PRIMARY)
        for toc_id, of_toc in sorted(by_toc.items())
    }
    return {toc_id: share for toc_id, share in shares.items() if share is not None}


def unjustified(rows: Iterable[ResultData], justifications: Mapping[str, str]) -> tuple[str, ...]:
    """Return the operation categories that use default data and say nowhere why they must."""
    return _tallied(rows).unjustified(justifications)


def _tallied(rows: Iterable[ResultData]) -> DataTally:
    tally = DataTally()
    for row in rows:
        tally.add(row)
    return tally


def _is_said(justifications: Mapping[str, str], toc_id: str) -> bool:
    return bool(justifications.get(toc_id, "").strip())


def _consignment(record: KnownRecord) -> tuple[str, str]:
    return record.shipment_id, record.consignment_id


def _masses(records: Iterable[KnownRecord]) -> dict[tuple[str, str], Decimal]:
    masses: dict[tuple[str, str], Decimal] = {}
    for one in records:
        if one.mass_kg is not None:
            key = _consignment(one)
            masses[key] = max(one.mass_kg, masses.get(key, ZERO))
    return masses


def _rejects(refused: list[KnownRecord]) -> RejectsOfReason:
    masses = _masses(refused)
    return RejectsOfReason(
        records=len(refused),
        shipments=len({one.shipment_id for one in refused}),
        mass_kg=exact_sum(masses.values()) if masses else None,
    )


def _of(part: int, whole: int) -> Decimal | None:
    return ratio(Decimal(part), Decimal(whole))
