"""A certificate checked from itself alone: it is read strictly and every sum is done again."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from recycling.batch import FRACTION, GAS_FATE, MAX_FRACTIONS, MAX_GASES
from recycling.evidence import (
    CODE,
    DAY,
    ID,
    SLUG,
    TEXT,
    TIME,
    UNIT_KG,
    EvidenceError,
    grams,
    kilograms,
    may,
    needs,
    one_of,
    plain,
    read_evidence,
    records,
    share,
    whole,
)
from recycling.facts import CHINA
from recycling.mass_balance import SHARE_STEP, ZERO, percent
from recycling.vocabulary import MassBasis
from schemas.refusal import shown
from schemas.treatment import MAX_BATCH_UNITS

DOCUMENT = "treatment_certificate"
SCHEMA_VERSION = 1
MAX_LICENCES = 10
MAX_RULES = 50
MAX_SHOWN_DEFECTS = 20
_KG = kilograms("0", "10000000")
_UNIT = (
    needs("code", CODE),
    needs("category", SLUG),
    needs("mass_kg", UNIT_KG),
    needs("mass_basis", one_of(*MassBasis)),
)
_LICENCE = (needs("licence_id", TEXT), needs("valid_from_on", DAY), needs("valid_to_on", DAY))
FIELDS = (
    needs("document", one_of(DOCUMENT)),
    needs("schema_version", whole(SCHEMA_VERSION, SCHEMA_VERSION)),
    needs("certificate_id", ID),
    needs("issuer_id", ID),
    needs("batch_id", ID),
    needs("dismantler_id", ID),
    may("dismantler_name", TEXT),
    needs("site_id", ID),
    may("site_name", TEXT),
    needs("opened_at", TIME),
    needs("closed_at", TIME),
    needs("balanced_at", TIME),
    needs("certified_at", TIME),
    needs("licences", records(_LICENCE, 1, MAX_LICENCES)),
    needs("units", records(_UNIT, 1, MAX_BATCH_UNITS)),
    needs("fractions", records(FRACTION, 1, MAX_FRACTIONS)),
    needs(
        "refrigerants", records((*GAS_FATE, needs("recovered_g", grams("10000000"))), 0, MAX_GASES)
    ),
    needs("input_kg", _KG),
    needs("output_kg", _KG),
    needs("losses_kg", _KG),
    needs("gap_kg", _KG),
    needs("gap_share", share()),
    needs("gap_limit_share", share()),
    needs("loss_limit_share", share()),
    needs("class_average_share", share()),
    needs("rules", records((needs("rule", SLUG), needs("version", TEXT)), 1, MAX_RULES)),
)
# The dismantler acts on these; that the platform certifies later needs no licence of the site.
TREATED = ("opened_at", "closed_at", "balanced_at")
Read = Mapping[str, Any]


class CertificateRefused(ValueError):
    """A certificate that contradicts itself; it carries every defect as a sentence."""

    def __init__(self, defects: tuple[str, ...]) -> None:
        """Keep the defects; the message is all of them, up to a limit."""
        told = defects[:MAX_SHOWN_DEFECTS]
        more = f"; and {len(defects) - len(told)} more" if len(defects) > len(told) else ""
        super().__init__("; ".join(told) + more)
        self.defects = defects


def read_certificate(document: Any) -> dict[str, Any]:
    """Return the values of a certificate: decimals, days and aware instants.

    Raises
    ------
    CertificateRefused
        If a field is missing, unknown or unreadable, a sum is not that of its parts, a limit is
        exceeded, a code stands twice, or no licence was valid on a day of the treatment.
    """
    try:
        read = read_evidence(FIELDS, document)
    except EvidenceError as error:
        raise CertificateRefused(
            tuple(f"{one.pointer or '/'}: {one.reason}" for one in error.errors)
        ) from None
    written = plain(read)
    respelt = [name for name in document if document[name] != written.get(name, document)]
    defects = (
        *(f"{name}: is not written as a certificate writes it" for name in respelt),
        *_other_sums(read),
        *_over_limits(read),
        *_gas_gaps(read),
        *_codes_twice(read),
        *_days_without_licence(read),
    )
    if defects:
        raise CertificateRefused(defects)
    return read


def _other_sums(read: Read) -> Iterator[str]:
    """Do every sum again and tell each that differs (rule F06)."""
    input_kg = _sum(read["units"])
    output_kg = _sum(read["fractions"])
    gap_kg = abs(input_kg - output_kg - read["losses_kg"])
    averaged = [one for one in read["units"] if one["mass_basis"] == MassBasis.CLASS_AVERAGE]
    for name, found, of in (
        ("input_kg", input_kg, "its units weigh"),
        ("output_kg", output_kg, "its fractions weigh"),
        ("gap_kg", gap_kg, "input, output and losses leave"),
        ("gap_share", _share(gap_kg, input_kg), "input, output and losses leave"),
        ("class_average_share", _share(_sum(averaged), input_kg), "its units give"),
    ):
        if read[name] != found:
            difference = read[name] - found
            yield f"{name}: says {read[name]:f}, {of} {found:f}, a difference of {difference:+f}"


def _sum(rows: Any) -> Decimal:
    return sum((one["mass_kg"] for one in rows), ZERO)


def _share(part: Decimal, of: Decimal) -> Decimal:
    return (part / of).quantize(SHARE_STEP)


def _over_limits(read: Read) -> Iterator[str]:
    input_kg = _sum(read["units"])
    for name, limit in (("gap_kg", "gap_limit_share"), ("losses_kg", "loss_limit_share")):
        if read[name] > read[limit] * input_kg:
            share_of = percent(read[name], input_kg)
            yield f"{name}: {read[name]:f} is {share_of}, its limit is {read[limit]:f}"


def _gas_gaps(read: Read) -> Iterator[str]:
    for one in read["refrigerants"]:
        told_g = one["destroyed_g"] + one["reclaimed_g"] + one["vented_g"]
        if told_g != one["recovered_g"]:
            yield (
                f"refrigerants: {one['recovered_g']:f} g of {one['gas']} recovered, "
                f"{told_g:f} g destroyed, reclaimed or vented"
            )


def _codes_twice(read: Read) -> Iterator[str]:
    """One unit, one code (rule F01)."""
    seen: set[str] = set()
    for one in read["units"]:
        if one["code"] in seen:
            yield f"units: the code {shown(one['code'])} stands twice (F01)"
        seen.add(one["code"])


def _days_without_licence(read: Read) -> Iterator[str]:
    for name in TREATED:
        day = china_day(read[name])
        if not any(one["valid_from_on"] <= day <= one["valid_to_on"] for one in read["licences"]):
            yield f"licences: none was valid on {day}, the day of {name} (F09)"


def china_day(at: datetime) -> date:
    """Return the day of an instant in China."""
    return at.astimezone(CHINA).date()
