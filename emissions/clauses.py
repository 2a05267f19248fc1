"""Where a step of an explanation can be read up: documents and pages, kept as data."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from emissions.daf import MOVES_LIKE

CLAUSES = Path(__file__).parent / "clauses.toml"
CLAUSE_OF_UNIT: Mapping[str, str] = MappingProxyType({"kwh": "electricity", "l": "fuel"})


def reference(clause: str) -> str:
    """Return the document, and where known the page, of ``clause``.

    Examples
    --------
    >>> reference("road")
    'GLEC Framework v3.0, page 104'
    """
    found = _clauses()[clause]
    page = f", page {found['page']}" if found["page"] else ""
    number = f", clause {found['iso_14083_clause']}" if found["iso_14083_clause"] else ""
    return f"{found['document']}{page}{number}"


def clause_of(mode: str, unit: str) -> str:
    """Return the clause of an emission of ``mode`` whose factor is per ``unit``.

    Examples
    --------
    >>> clause_of("parcel", "tkm"), clause_of("road", "kwh")
    ('road', 'electricity')
    """
    moves_like = MOVES_LIKE.get(mode, mode)
    known = moves_like if moves_like in _clauses() else "activity"
    return CLAUSE_OF_UNIT.get(unit, known)


@cache
def _clauses() -> Mapping[str, Mapping[str, str]]:
    return MappingProxyType(tomllib.loads(CLAUSES.read_text("utf-8")))
