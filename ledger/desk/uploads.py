"""Photos that a pickup names: uploaded before, by the same party, with the same bytes."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ledger.contract import View
from ledger.records import Aggregate
from recycling.evidence import FieldError

KIND = "upload"
STORED = "stored"


def upload_errors(
    units: Sequence[Mapping[str, Any]], view: View, *, owner: str | None
) -> tuple[FieldError, ...]:
    """Return what is wrong with the photos of ``units``; ``owner`` is who uploaded them."""
    return tuple(_errors(units, view, owner))


def _errors(
    units: Sequence[Mapping[str, Any]], view: View, owner: str | None
) -> Iterator[FieldError]:
    asked = [photo["upload_id"] for unit in units for photo in unit["photos"]]
    found = view.find_all(KIND, asked)
    for nth, unit in enumerate(units):
        for at, photo in enumerate(unit["photos"]):
            why = _why_not(photo, found.get(photo["upload_id"]), owner)
            if why is not None:
                name, reason = why
                pointer = f"/units/{nth}/photos/{at}/{name}"
                yield FieldError(pointer, photo[name], reason)


def _why_not(
    photo: Mapping[str, Any], upload: Aggregate | None, owner: str | None
) -> tuple[str, str] | None:
    if upload is None or upload.body.get("partner_id") != owner:
        return "upload_id", f"upload {photo['upload_id']} is not there: upload the photo first"
    if upload.state != STORED:
        return "upload_id", f"upload {photo['upload_id']} is {upload.state}, not {STORED}"
    if upload.body["sha256"] != photo["sha256"]:
        return "sha256", f"sha256 {photo['sha256']} is not {upload.body['sha256']} as uploaded"
    return None
