"""Partners as they are kept: the platform tells their papers, never they themselves."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Any

from ledger.contract import View
from ledger.desk.ask import Keep
from ledger.desk.keep import keep, not_for, not_kept
from ledger.desk.partner_profile import PARTNER, profile_of
from ledger.records import Aggregate, Decision, Ref
from recycling.evidence import EvidenceError, FieldError
from recycling.facts import Actor
from recycling.vocabulary import Problem, Role
from schemas.refusal import shown

# It stands in an address.
_ID = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)


class PartnerState(StrEnum):
    """Whether a partner is given work."""

    ACTIVE = "active"
    SUSPENDED = "suspended"


def partner_told(
    partner_id: str | None,
    body: Mapping[str, Any],
    *,
    by: Actor,
    state: str = PartnerState.ACTIVE,
    must_exist: bool | None = None,
) -> Keep:
    """Return the command that keeps a partner as it is told: its whole profile, and its state."""
    return Keep(
        kind=PARTNER,
        id=partner_id,
        state=state,
        type="told",
        body=body,
        by=by,
        must_exist=must_exist,
    )


def keep_partner(told: Keep, view: View) -> Decision:
    """Keep a partner; who it is may not tell what it may do."""
    if told.id is not None and told.id in (told.by.party_id, view.caller.partner_id):
        detail = f"partner {told.id} cannot change its own papers: the platform does"
        return not_kept(Problem.ROLE_NOT_ALLOWED, detail)
    if refused := not_for(told, view, Role.PLATFORM, Role.SYSTEM):
        return refused
    if told.id is not None and _ID.fullmatch(told.id) is None:
        reason = f"{shown(told.id)} is no id of 1 to 64 letters, digits, dots, - and _"
        error = FieldError("/partner_id", shown(told.id), reason)
        return not_kept(Problem.VALIDATION_FAILED, f"partner_id {reason}", (error,))
    if told.state not in tuple(PartnerState):
        reason = f"{shown(told.state)} is none of {', '.join(PartnerState)}"
        error = FieldError("/state", shown(told.state), reason)
        return not_kept(Problem.VALIDATION_FAILED, f"state {reason}", (error,))
    try:
        profile = profile_of(told.body)
    except EvidenceError as error:
        return not_kept(Problem.VALIDATION_FAILED, f"partner: {error}", error.errors)
    before = None if told.id is None else view.find(Ref(PARTNER, told.id))
    return keep(replace(told, body=profile, type=_happened(before, told.state)), view)


def _happened(before: Aggregate | None, state: str) -> str:
    if before is None:
        return "added"
    if before.state == state:
        return "changed"
    return "suspended" if state == PartnerState.SUSPENDED else "reinstated"


PARTNER_KEEPERS: Mapping[str, Callable[[Keep, View], Decision]] = {PARTNER: keep_partner}
