"""Where an emission is reported: scope and category by who runs, who pays, and what flows.

The data decide, not the user; the first row that fits is taken.
"""

from dataclasses import dataclass
from enum import StrEnum

from schemas.refusal import Reason, Refused
from schemas.vocabulary import ElectricityBasis


class Operator(StrEnum):
    """Who runs the vehicle, the forklift or the site."""

    OWN = "own"
    THIRD_PARTY = "third_party"


class Payer(StrEnum):
    """Who pays for it."""

    COMPANY = "company"
    SUPPLIER = "supplier"
    OTHER = "other"


class Flow(StrEnum):
    """What is moved, kept or treated."""

    INBOUND = "inbound"
    INTER_SITE = "inter_site"
    OUTBOUND = "outbound"
    STORAGE = "storage"
    AFTER_SALE = "after_sale"
    CUSTOMER_PICKUP = "customer_pickup"
    TAKEBACK_TRANSPORT = "takeback_transport"
    OWN_WASTE_TREATMENT = "own_waste_treatment"
    SOLD_PRODUCT_TREATMENT = "sold_product_treatment"
    OTHER_BRAND_TREATMENT = "other_brand_treatment"
    RECYCLED_MATERIAL_BOUGHT = "recycled_material_bought"


class EmissionSource(StrEnum):
    """Which part of an emission is placed; a bought service is placed as a whole."""

    FUEL_TTW = "fuel_ttw"
    REFRIGERANT = "refrigerant"
    ELECTRICITY_GENERATION = "electricity_generation"
    FUEL_WTT = "fuel_wtt"
    ELECTRICITY_WTT = "electricity_wtt"
    CN_ELECTRICITY_WTT = "cn_electricity_wtt"
    SERVICE = "service"


class GhgpCategory(StrEnum):
    """Scopes 1 and 2, and the categories of scope 3 that this house reports."""

    SCOPE_1 = "scope_1"
    SCOPE_2 = "scope_2"
    PURCHASED_GOODS = "3.1"
    FUEL_AND_ENERGY = "3.3"
    UPSTREAM_TRANSPORT = "3.4"
    OPERATIONS_WASTE = "3.5"
    DOWNSTREAM_TRANSPORT = "3.9"
    END_OF_LIFE = "3.12"


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryRow:
    """One row of the table; an empty set stands for anything."""

    category: GhgpCategory
    operators: frozenset[Operator] = frozenset()
    payers: frozenset[Payer] = frozenset()
    flows: frozenset[Flow] = frozenset()
    sources: frozenset[EmissionSource] = frozenset()
    basis: ElectricityBasis | None = None
    is_assumption: bool = False
    is_gap: bool = False

    def fits(self, operator: Operator, payer: Payer, flow: Flow, source: EmissionSource) -> bool:
        """Return whether this row answers."""
        return (
            (not self.operators or operator in self.operators)
            and (not self.payers or payer in self.payers)
            and (not self.flows or flow in self.flows)
            and (not self.sources or source in self.sources)
        )


OWN = frozenset({Operator.OWN})
THIRD_PARTY = frozenset({Operator.THIRD_PARTY})
COMPANY = frozenset({Payer.COMPANY})
SUPPLIER = frozenset({Payer.SUPPLIER})
OTHER = frozenset({Payer.OTHER})
# What a supplier made is his own, whoever carries it: rows of own operations leave it out.
OWN_FLOWS = frozenset(Flow) - {Flow.RECYCLED_MATERIAL_BOUGHT}
PAID_FLOWS = frozenset({Flow.INBOUND, Flow.INTER_SITE, Flow.OUTBOUND, Flow.STORAGE})

TABLE: tuple[CategoryRow, ...] = (
    CategoryRow(
        operators=OWN,
        flows=OWN_FLOWS,
        sources=frozenset({EmissionSource.FUEL_TTW, EmissionSource.REFRIGERANT}),
        category=GhgpCategory.SCOPE_1,
    ),
    CategoryRow(
        operators=OWN,
        flows=OWN_FLOWS,
        sources=frozenset({EmissionSource.ELECTRICITY_GENERATION}),
        category=GhgpCategory.SCOPE_2,
        basis=ElectricityBasis.GENERATION_CO2,
    ),
    CategoryRow(
        operators=OWN,
        flows=OWN_FLOWS,
        sources=frozenset({EmissionSource.FUEL_WTT, EmissionSource.ELECTRICITY_WTT}),
        category=GhgpCategory.FUEL_AND_ENERGY,
    ),
    CategoryRow(  # the two families of Chinese factors are not subtracted from each other
        operators=OWN,
        flows=OWN_FLOWS,
        sources=frozenset({EmissionSource.CN_ELECTRICITY_WTT}),
        category=GhgpCategory.FUEL_AND_ENERGY,
        is_gap=True,
    ),
    CategoryRow(
        operators=THIRD_PARTY,
        payers=COMPANY,
        flows=PAID_FLOWS,
        category=GhgpCategory.UPSTREAM_TRANSPORT,
    ),
    CategoryRow(
        operators=THIRD_PARTY,
        payers=SUPPLIER,
        flows=frozenset({Flow.INBOUND}),
        category=GhgpCategory.PURCHASED_GOODS,
    ),
    CategoryRow(
        operators=THIRD_PARTY,
        payers=COMPANY,
        flows=frozenset({Flow.TAKEBACK_TRANSPORT}),
        category=GhgpCategory.UPSTREAM_TRANSPORT,
    ),
    CategoryRow(
        operators=THIRD_PARTY,
        payers=OTHER,
        flows=frozenset({Flow.AFTER_SALE, Flow.CUSTOMER_PICKUP}),
        category=GhgpCategory.DOWNSTREAM_TRANSPORT,
    ),
    CategoryRow(
        flows=frozenset({Flow.OWN_WASTE_TREATMENT}), category=GhgpCategory.OPERATIONS_WASTE
    ),
    CategoryRow(flows=frozenset({Flow.SOLD_PRODUCT_TREATMENT}), category=GhgpCategory.END_OF_LIFE),
    CategoryRow(
        payers=OTHER,
        flows=frozenset({Flow.TAKEBACK_TRANSPORT}),
        category=GhgpCategory.END_OF_LIFE,
        is_assumption=True,
    ),
    CategoryRow(
        flows=frozenset({Flow.OTHER_BRAND_TREATMENT}),
        category=GhgpCategory.OPERATIONS_WASTE,
        is_assumption=True,
    ),
    CategoryRow(
        flows=frozenset({Flow.RECYCLED_MATERIAL_BOUGHT}), category=GhgpCategory.PURCHASED_GOODS
    ),
)


def ghgp_category(
    *, operator: Operator, payer: Payer, flow: Flow, source: EmissionSource
) -> CategoryRow:
    """Return the first row of the table that fits: its category, and whether it is an assumption.

    A row that is a gap has a category and no number: nobody may report 0 there.

    Raises
    ------
    Refused
        If none fits: somebody must decide, and no default does it.

    Notes
    -----
    GHG Protocol corporate standard and scope 3 guidance.

    Examples
    --------
    >>> ghgp_category(
    ...     operator=Operator.THIRD_PARTY,
    ...     payer=Payer.COMPANY,
    ...     flow=Flow.OUTBOUND,
    ...     source=EmissionSource.SERVICE,
    ... ).category.value
    '3.4'
    """
    for row in TABLE:
        if row.fits(operator, payer, flow, source):
            return row
    raise Refused(
        Reason.CATEGORY_UNRESOLVED,
        f"no category for operator={operator.value} payer={payer.value} flow={flow.value} "
        f"source={source.value}",
    )
