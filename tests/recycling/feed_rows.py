"""Rows of a partner's snapshot: a test names only what it is about."""

import csv
import io
from collections.abc import Mapping, Sequence

from recycling.feed_version import versions

HEADERS: Mapping[str, tuple[str, ...]] = {one.id: tuple(one.names) for one in versions()}
PLAIN: Mapping[str, str] = {
    "id": "r_1",
    "data_provider": "Repair Workshop",
    "country": "CHN",
    "partner_product_category": "fridge",
    "product_category": "Refrigerator",
    "product_category_id": "12",
    "brand": "Hisense",
    "year_of_manufacture": "2012",
    "product_age": "7",
    "repair_status": "Fixed",
    "event_date": "2019-06-13",
    "date": "2019-06-13",
    "problem": "does not cool",
}


def row(**changed: str) -> Mapping[str, str]:
    """A fridge of 2012 that was repaired on 13 June 2019."""
    return {**PLAIN, **changed}


def written(
    rows: Sequence[Mapping[str, str]], *, version: str = "0.3", header: Sequence[str] | None = None
) -> bytes:
    """Return a file with ``rows`` below the header of a version."""
    names = HEADERS[version] if header is None else header
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([one.get(name, "") for name in names] for one in rows)
    return text.getvalue().encode()


def with_line(line: bytes) -> bytes:
    """Return a file with one good row, and ``line`` below it."""
    return written([row()]) + line + b"\n"
