"""What of the whole has a number, and on which kind of data these numbers stand."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from emissions.number import CONTEXT, ZERO
from emissions.selection import DATA_CLASS
from emissions.sums import ratio, total
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
        return ratio(self.kgco2e[data_class], total(self.kgco2e.values()))

    def tkm_share(self, data_class: DataClass) -> Decimal | None:
        """Return the share of ``data_class`` in all tonne-kilometres."""
        return ratio(self.transport_tkm[data_class], total(self.transport_tkm.values()))


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
    covered_mass_kg = total(kg for key, kg in masses.items() if key not in refused_consignments)
    categories = {one.category for one in known if one.category is not None}
    covered_categories = {one.category for one in answered if one.category is not None}
    covered = len(shipments - refused_shipments)
    return Coverage(
        shipments=len(shipments),
        covered_shipments=covered,
        partly_covered_shipments=len({one.shipment_id for one in answered} & refused_shipments),
        shipment_share=_of(covered, len(shipments)),
        mass_kg=total(masses.values()),
        covered_mass_kg=covered_mass_kg,
        consignments_without_mass=len({_consignment(one) for one in known} - masses.keys()),
        mass_share=ratio(covered_mass_kg, total(masses.values())),
        categories=len(categories),
        covered_categories=len(covered_categories),
        category_share=_of(len(covered_categories), len(categories)),
        gaps={
            reason: _rejects([one for one in refused if one.refused is reason])
            for reason in sorted({one.refused for one in refused if one.refused is not None})
        },
    )


def data_shares(rows: Iterable[ResultData]) -> DataShares:
    """Return kilograms and tonne-kilometres by class of data, all classes named.

    Primary are ranks 1 and 2 of the factor selection, modelled is 3, default are 4 and 5.

    Raises
    ------
    Refused
        If a row names a method that is no rank.
    """
    kgco2e = dict.fromkeys(DataClass, ZERO)
    transport_tkm = dict.fromkeys(DataClass, ZERO)
    for row in rows:
        data_class = data_class_of(row.method)
        kgco2e[data_class] = CONTEXT.add(kgco2e[data_class], row.kgco2e)
        transport_tkm[data_class] = CONTEXT.add(transport_tkm[data_class], row.transport_tkm)
    return DataShares(kgco2e=kgco2e, transport_tkm=transport_tkm)


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
    by_default = {row.toc_id for row in rows if data_class_of(row.method) is DataClass.DEFAULT}
    return tuple(sorted(toc for toc in by_default if not justifications.get(toc, "").strip()))


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
        mass_kg=total(masses.values()) if masses else None,
    )


def _of(part: int, whole: int) -> Decimal | None:
    return ratio(Decimal(part), Decimal(whole))
