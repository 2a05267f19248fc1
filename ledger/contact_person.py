"""What of a person can be kept, what of one is shown, and by which hash a phone is counted."""

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from ledger.contact import (
    Person,
)
from ledger.contact_refusals import (
    ContactMalformed,
)

MAX_NAME_CHARACTERS = 100
MAX_PHONE_CHARACTERS = 40
MAX_ADDRESS_CHARACTERS = 300
MAX_TENANT_CHARACTERS = 128
MAX_REQUEST_ID_CHARACTERS = 255
MIN_PHONE_DIGITS = 5
MAX_PHONE_DIGITS = 20
STARS = "****"

_LIMITS = {
    "name": ("MAX_NAME_CHARACTERS", MAX_NAME_CHARACTERS),
    "phone": ("MAX_PHONE_CHARACTERS", MAX_PHONE_CHARACTERS),
    "address": ("MAX_ADDRESS_CHARACTERS", MAX_ADDRESS_CHARACTERS),
    "tenant": ("MAX_TENANT_CHARACTERS", MAX_TENANT_CHARACTERS),
    "request_id": ("MAX_REQUEST_ID_CHARACTERS", MAX_REQUEST_ID_CHARACTERS),
}
# Control characters, halves of a pair, line and paragraph separators, and what turns text around.
_REFUSED_CATEGORIES = {"Cc": "a control character", "Cs": "a lone surrogate"} | dict.fromkeys(
    ("Zl", "Zp"), "a line separator"
)
_REFUSED_MARKS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_BETWEEN_DIGITS = re.compile(r"[\s().\-/\u2010-\u2015\u2212]+")
_PHONE = re.compile(rf"\+?[0-9]{{{MIN_PHONE_DIGITS},{MAX_PHONE_DIGITS}}}")
_HOME_MOBILE = re.compile(r"(?:\+|00)?86(1[3-9][0-9]{9})")
_HOME_LANDLINE = re.compile(r"(?:\+|00)86([1-9][0-9]+)")


@dataclass(frozen=True, slots=True)
class Mask:
    """The first and last characters shown where enough lie between them, else none."""

    head: int
    tail: int
    least_hidden: int

    def over(self, text: str) -> str:
        """Return ``text`` masked; how long the hidden part is does not show.

        Examples
        --------
        >>> Mask(head=3, tail=4, least_hidden=4).over("13800000001")
        '138****0001'
        >>> Mask(head=3, tail=4, least_hidden=4).over("88880001")
        '****'
        """
        if len(text) < self.head + self.tail + self.least_hidden:
            return STARS
        return text[: self.head] + STARS + text[len(text) - self.tail :]


NAME_MASK = Mask(head=1, tail=0, least_hidden=1)
PHONE_MASK = Mask(head=3, tail=4, least_hidden=4)
ADDRESS_MASK = Mask(head=6, tail=0, least_hidden=6)


def masked(person: Person) -> Person:
    """Return what is left of a person for those who need no more than to tell one from another."""
    return Person(
        name=NAME_MASK.over(person.name),
        phone=PHONE_MASK.over(normal_phone(person.phone)),
        address=ADDRESS_MASK.over(person.address),
    )


def checked(person: Person, *, tenant: str, request_id: str) -> Person:
    """Return the person as it is kept: without blanks around.

    Raises
    ------
    ContactMalformed
        If a field is empty, too long or no text, or the phone no number; every fault is named.
    """
    given = {
        "name": person.name,
        "phone": person.phone,
        "address": person.address,
        "tenant": tenant,
        "request_id": request_id,
    }
    faults = {name: told for name, value in given.items() if (told := _fault(name, value))}
    if "phone" not in faults and not _PHONE.fullmatch(_digits_of(person.phone)):
        faults["phone"] = _NO_PHONE
    if faults:
        raise ContactMalformed(faults)
    return Person(person.name.strip(), person.phone.strip(), person.address.strip())


def checked_tenant(tenant: str) -> str:
    """Return the tenant; raise ``ContactMalformed`` if it is empty, too long or no text."""
    fault = _fault("tenant", tenant)
    if fault:
        raise ContactMalformed({"tenant": fault})
    return tenant


_NO_PHONE = (
    f"is no phone number: MIN_PHONE_DIGITS = {MIN_PHONE_DIGITS} to MAX_PHONE_DIGITS = "
    f"{MAX_PHONE_DIGITS} digits, blanks, hyphens, brackets and one + in front"
)


def _fault(name: str, value: object) -> str | None:
    limit, most = _LIMITS[name]
    if not isinstance(value, str):
        return "must be text"
    if len(value) > most:
        return f"{len(value)} characters, at most {limit} = {most}"
    if not value.strip():
        return "must not be empty"
    return next(_refused_characters(value), None)


def _refused_characters(value: str) -> Iterator[str]:
    for place, character in enumerate(value, start=1):
        told = _REFUSED_CATEGORIES.get(unicodedata.category(character))
        if character in _REFUSED_MARKS:
            told = "a mark that turns text around"
        if told is not None:
            yield f"character {place} is {told}, U+{ord(character):04X}"


def normal_phone(phone: str) -> str:
    """Return the one way in which a phone is written: digits, home numbers without their country.

    Raises
    ------
    ContactMalformed
        If it is no phone number.

    Examples
    --------
    >>> normal_phone("+86 138-0000-0001")
    '13800000001'
    >>> normal_phone("+49 (30) 901 820")
    '+4930901820'
    """
    fault = _fault("phone", phone)
    digits = "" if fault else _digits_of(phone)
    if not _PHONE.fullmatch(digits):
        raise ContactMalformed({"phone": fault or _NO_PHONE})
    return digits


def _digits_of(phone: str) -> str:
    digits = _BETWEEN_DIGITS.sub("", unicodedata.normalize("NFKC", phone))
    mobile, landline = _HOME_MOBILE.fullmatch(digits), _HOME_LANDLINE.fullmatch(digits)
    if mobile:
        return mobile[1]
    return f"0{landline[1]}" if landline else digits


def quota_hash(phone: str, *, tenant_secret: bytes) -> str:
    """Return the HMAC-SHA256 of a phone, however it is written, under a tenant's secret."""
    return hmac.new(tenant_secret, normal_phone(phone).encode(), hashlib.sha256).hexdigest()
