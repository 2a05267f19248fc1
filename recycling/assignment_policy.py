"""The weights and limits of an assignment: data, with where they come from."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

from recycling.recycler import require_count

FILE = Path(__file__).parent / "assignment.toml"
FULL_BP = 10_000
WEIGHTS = ("distance_weight_bp", "sla_weight_bp", "load_weight_bp", "price_weight_bp")
POSITIVE = ("reach_km", "prior_total", "max_rounds")


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentPolicy:
    """How recyclers are compared, in how many rounds; weights in basis points of the score."""

    policy_id: str
    version: str
    provenance: str
    distance_weight_bp: int
    sla_weight_bp: int
    load_weight_bp: int
    price_weight_bp: int
    reach_km: int
    prior_kept: int
    prior_total: int
    max_rounds: int

    def __post_init__(self) -> None:
        """Refuse weights that are no shares of one score, and limits that are none."""
        for name in (*WEIGHTS, *POSITIVE, "prior_kept"):
            require_count(name, getattr(self, name))
        for name in POSITIVE:
            if getattr(self, name) == 0:
                raise ValueError(f"{name} must be positive, got 0")
        if self.prior_kept > self.prior_total:
            raise ValueError(f"prior_kept {self.prior_kept} is more than {self.prior_total}")
        if (total := sum(getattr(self, name) for name in WEIGHTS)) != FULL_BP:
            raise ValueError(f"the four weights must sum to {FULL_BP}, got {total}")


@cache
def packaged_policy() -> AssignmentPolicy:
    """Return the packaged policy.

    Examples
    --------
    >>> packaged_policy().provenance, packaged_policy().max_rounds
    ('assumption', 3)
    """
    return policy_of(tomllib.loads(FILE.read_text(encoding="utf-8")), name=FILE.name)


def policy_of(values: Mapping[str, Any], *, name: str) -> AssignmentPolicy:
    """Return the policy that the table ``values`` of the file ``name`` holds.

    Raises
    ------
    ValueError
        If a key is missing, unknown or wrong; the message names file, key and value.
    """
    keys = {field.name for field in fields(AssignmentPolicy)}
    if wrong := sorted(keys ^ values.keys()):
        raise ValueError(f"{name}: missing or unknown: {', '.join(wrong)}")
    try:
        return AssignmentPolicy(**values)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None
