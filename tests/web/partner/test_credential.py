"""Scopes and roles are closed lists."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.partner.credential import CREDENTIAL_ROLES, Scope, ScopeUnknown, scope_text, scopes_of

NOUNS = [
    "demands",
    "orders",
    "pickups",
    "units",
    "consignments",
    "batches",
    "lots",
    "uploads",
    "statements",
    "webhooks",
    "epcis",
]


def test_the_scopes_are_those_of_the_specification() -> None:
    pairs = {f"{noun}:{verb}" for noun, verb in product(NOUNS, ("read", "write"))}

    assert set(Scope) == pairs | {"partners", "policies", "assignments", "contacts"}


def test_the_roles_are_those_of_the_specification() -> None:
    assert {str(role) for role in CREDENTIAL_ROLES} == set(
        [
            "intake",
            "recycler",
            "carrier",
            "depot",
            "dismantler",
            "buyer",
            "plant",
            "platform",
            "finance",
            "auditor",
        ]
    )


@given(scopes=st.frozensets(st.sampled_from(Scope)))
def test_scopes_are_read_as_they_were_written(scopes: frozenset[Scope]) -> None:
    assert scopes_of(scope_text(scopes)) == scopes


@pytest.mark.parametrize("text", [" ", "units:read ", "units:read  lots:read", "UNITS:READ", "*"])
def test_what_is_no_scope_is_refused(text: str) -> None:
    with pytest.raises(ScopeUnknown):
        scopes_of(text)
