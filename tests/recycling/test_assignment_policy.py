"""The policy: what ships, and which files are refused."""

import tomllib
from typing import Any

import pytest

from recycling.assignment_policy import FILE, packaged_policy, policy_of


def values(**changed: Any) -> dict[str, Any]:
    return tomllib.loads(FILE.read_text(encoding="utf-8")) | changed


def test_the_packaged_policy_is_an_assumption_and_says_so() -> None:
    policy = packaged_policy()

    assert policy.provenance == "assumption"
    assert (policy.distance_weight_bp, policy.sla_weight_bp) == (3_500, 3_000)
    assert (policy.load_weight_bp, policy.price_weight_bp) == (2_000, 1_500)
    assert policy.max_rounds == 3


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"distance_weight_bp": 3_501}, "a.toml: the four weights must sum to 10000, got 10001"),
        ({"distance_weight_bp": float("nan")}, "a.toml: distance_weight_bp must be a whole"),
        ({"distance_weight_bp": 0.35}, "a.toml: distance_weight_bp must be a whole number"),
        ({"price_weight_bp": -1}, "a.toml: price_weight_bp must not be negative, got -1"),
        ({"reach_km": 0}, "a.toml: reach_km must be positive, got 0"),
        ({"prior_total": 0}, "a.toml: prior_total must be positive, got 0"),
        ({"prior_kept": 11}, "a.toml: prior_kept 11 is more than 10"),
        ({"max_rounds": 0}, "a.toml: max_rounds must be positive, got 0"),
        ({"reach_miles": 200}, "a.toml: missing or unknown: reach_miles"),
    ],
)
def test_a_wrong_policy_names_file_key_and_value(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        policy_of(values(**changed), name="a.toml")


def test_a_missing_key_is_named() -> None:
    table = values()
    del table["reach_km"]

    with pytest.raises(ValueError, match=r"a\.toml: missing or unknown: reach_km"):
        policy_of(table, name="a.toml")
