"""A partner's profile, read strictly: where it is, what it may do and until when, what it asks."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ledger.desk.told_rows import CATEGORY, Row, backwards, rows, twice
from recycling.category import categories
from recycling.evidence import (
    ADCODE,
    DAY,
    FEN,
    HAZARDOUS_CODE,
    ID,
    TEXT,
    EvidenceError,
    Field,
    FieldError,
    Kind,
    degrees,
    listed,
    may,
    needs,
    one_of,
    plain,
    read_evidence,
    whole,
)
from recycling.permit import ANYTHING, Permit, PermitKind
from recycling.recycler import Paper, Recycler, Site
from recycling.region import Point, regions
from recycling.vocabulary import Role
from schemas.refusal import shown

MAX_SITES = 200
MAX_PAPERS = 100  # of each kind: agreements, licences, permits
MAX_REGIONS = 369
MAX_PRICES = 10_000
MAX_COVERED = 100
MAX_UNITS = 10_000_000
# The maker's own people are no partner: nobody from outside is platform or finance.
PARTNER_ROLES = (
    Role.INTAKE, Role.RECYCLER, Role.CARRIER, Role.DEPOT, Role.DISMANTLER, Role.BUYER,
    Role.PLANT, Role.AUDITOR,
)  # fmt: skip
# Agreements and licences have lists of their own.
NAMED_PERMITS = (PermitKind.HAZARDOUS_CONSIGNEE, PermitKind.REFURBISHER)

Body = Mapping[str, Any]


def _region(value: Any) -> str:
    adcode: str = ADCODE.read(value)
    if adcode not in regions():
        raise ValueError(f"{shown(value)} is none of the {MAX_REGIONS} regions")
    return adcode


def _site_id(value: Any) -> str:
    """Return the id of a site, which a licence covers beside categories: it cannot be one."""
    site_id: str = ID.read(value)
    if site_id == ANYTHING or site_id in categories():
        raise ValueError(f"{shown(value)} means more than one site: choose another id")
    return site_id


def _coverage(value: Any) -> dict[str, tuple[str, ...]]:
    if not isinstance(value, Mapping) or len(value) > MAX_REGIONS:
        raise ValueError(f"{shown(value)} is no object of at most {MAX_REGIONS} regions")
    read, errors = {}, []
    for adcode, names in value.items():
        try:
            read[_region(adcode)] = _CATEGORIES.read(names)
        except ValueError as error:
            errors.append(FieldError(f"/{adcode}", shown(names), str(error)))
    if errors:
        raise EvidenceError(tuple(errors))
    return read


_REGION = Kind("region", _region, ADCODE.schema)
_FORWARDS = backwards("valid_from_on", "valid_to_on")
_CATEGORIES = listed(CATEGORY, 1, MAX_COVERED)
_COVERAGE_SCHEMA = {"type": "object", "additionalProperties": _CATEGORIES.schema}
_DAYS = (needs("valid_from_on", DAY), needs("valid_to_on", DAY))
_SITE = (
    needs("site_id", Kind("site id", _site_id, ID.schema)),
    needs("lat", degrees(90)),
    needs("lon", degrees(180)),
    needs("region", _REGION),
)
_PAPER = (
    needs("paper_id", ID),
    needs("categories", _CATEGORIES),
    *_DAYS,
    may("yearly_capacity_units", whole(0, MAX_UNITS)),
)
_PERMIT = (
    needs("kind", one_of(*NAMED_PERMITS)),
    needs("covers", listed(ID, 1, MAX_COVERED)),
    *_DAYS,
)
_PRICE = (needs("region", _REGION), needs("category", CATEGORY), needs("price_cny_fen", FEN))


def _covers(found: Sequence[Row]) -> Iterator[FieldError]:
    """Yield an error for each permit that covers what its kind cannot."""
    for at, row in enumerate(found):
        is_waste = row["kind"] == PermitKind.HAZARDOUS_CONSIGNEE
        kind = HAZARDOUS_CODE if is_waste else CATEGORY
        for nth, one in enumerate(row["covers"]):
            try:
                _ = one == ANYTHING or kind.read(one)
            except ValueError as error:
                yield FieldError(f"/{at}/covers/{nth}", one, str(error))


_FIELDS: Mapping[str, Field] = {
    field.name: field
    for field in (
        needs("name", TEXT),
        needs("roles", listed(one_of(*PARTNER_ROLES), 1, len(PARTNER_ROLES))),
        rows("sites", _SITE, MAX_SITES, twice("site_id")),
        rows("agreements", _PAPER, MAX_PAPERS, _FORWARDS),
        rows("licences", _PAPER, MAX_PAPERS, _FORWARDS),
        rows("permits", _PERMIT, MAX_PAPERS, _FORWARDS, _covers),
        may("coverage", Kind("categories by region", _coverage, _COVERAGE_SCHEMA)),
        may("capacity_units_per_day", whole(0, MAX_UNITS)),
        rows("prices", _PRICE, MAX_PRICES, twice("region", "category")),
    )
}
PROFILE = tuple(_FIELDS.values())
_WHERE = ("sites", "agreements", "licences")


def profile_of(body: Body) -> dict[str, Any]:
    """Return a whole profile as it is kept: every field read, in the words of JSON.

    Raises
    ------
    EvidenceError
        If a field is missing, unknown or wrong; it carries one error for each.
    """
    read = read_evidence(PROFILE, body)
    _refuse_same_papers(read)
    if Role.AUDITOR in read["roles"] and len(read["roles"]) > 1:
        told = ", ".join(read["roles"])
        reason = f"{told}: an auditor judges others and has no other role"
        raise EvidenceError((FieldError("/roles", told, reason),))
    kept: dict[str, Any] = plain(read)
    return kept


def recycler_of(body: Body, partner_id: str, suspended: bool) -> Recycler:
    """Return the recycler that a partner is.

    Raises
    ------
    EvidenceError
        If its sites, papers, coverage or capacity are wrong; it carries one error for each.
    """
    read = _read(body, *_WHERE, "coverage", "capacity_units_per_day")
    covered = read.get("coverage", {})
    return Recycler(
        recycler_id=partner_id,
        sites=tuple(
            Site(site_id=one["site_id"], point=Point(lat=one["lat"], lon=one["lon"]))
            for one in read.get("sites", ())
        ),
        agreements=tuple(map(_paper, read.get("agreements", ()))),
        licences=tuple(map(_paper, read.get("licences", ()))),
        coverage={adcode: frozenset(names) for adcode, names in covered.items()},
        capacity_units_per_day=read.get("capacity_units_per_day", 0),
        suspended=suspended,
    )


def permits_of(body: Body, partner_id: str) -> tuple[Permit, ...]:
    """Return what a partner may do and when; each licence covers every one of its sites.

    Raises
    ------
    EvidenceError
        If its sites, papers or permits are wrong; it carries one error for each.
    """
    read = _read(body, *_WHERE, "permits")
    site_ids = frozenset(one["site_id"] for one in read.get("sites", ()))
    agreements = (
        _permit(partner_id, PermitKind.AGREEMENT, one, frozenset(one["categories"]))
        for one in read.get("agreements", ())
    )
    licences = (
        _permit(partner_id, PermitKind.LICENCE, one, site_ids.union(one["categories"]))
        for one in read.get("licences", ())
    )
    named = (
        _permit(partner_id, PermitKind(one["kind"]), one, frozenset(one["covers"]))
        for one in read.get("permits", ())
    )
    return (*agreements, *licences, *named)


def prices_of(body: Body) -> dict[tuple[str, str], int]:
    """Return what a partner asks for one unit, in fen, by region and category.

    Raises
    ------
    EvidenceError
        If a price is wrong; it carries one error for each.
    """
    told = _read(body, "prices").get("prices", ())
    return {(one["region"], one["category"]): one["price_cny_fen"] for one in told}


def _read(body: Body, *names: str) -> dict[str, Any]:
    told = {name: body[name] for name in names if name in body}
    read = read_evidence(tuple(_FIELDS[name] for name in names), told)
    _refuse_same_papers(read)
    return read


def _refuse_same_papers(read: Body) -> None:
    """Refuse a paper id that stands twice, in one list or in both."""
    seen: set[str] = set()
    errors = []
    for name in ("agreements", "licences"):
        for at, row in enumerate(read.get(name, ())):
            paper_id = row["paper_id"]
            if paper_id in seen:
                reason = f"{paper_id} is there twice"
                errors.append(FieldError(f"/{name}/{at}/paper_id", paper_id, reason))
            seen.add(paper_id)
    if errors:
        raise EvidenceError(tuple(errors))


def _paper(row: Row) -> Paper:
    return Paper(
        paper_id=row["paper_id"],
        categories=frozenset(row["categories"]),
        valid_from_on=row["valid_from_on"],
        valid_to_on=row["valid_to_on"],
        yearly_capacity_units=row.get("yearly_capacity_units"),
    )


def _permit(partner_id: str, kind: PermitKind, row: Row, covers: frozenset[str]) -> Permit:
    return Permit(
        holder_id=partner_id,
        kind=kind,
        valid_from_on=row["valid_from_on"],
        valid_to_on=row["valid_to_on"],
        covers=covers,
    )
