"""What the platform is told when an order gets its recycler: every candidate, and why not."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ledger.contract import View
from ledger.desk.ask import Ask
from ledger.desk.demand_point import point_compared
from ledger.desk.eligible import wanted
from ledger.desk.partner_profile import PARTNER
from ledger.desk.promises import wished_on
from ledger.desk.reference import Reference
from ledger.desk.standing import standings
from ledger.desk.stored import aggregate_of
from ledger.records import Accepted, Decision
from recycling.assignment import Assignment, Candidate, assign
from recycling.evidence import plain
from recycling.scoring import Components
from recycling.vocabulary import Problem, Role


def with_candidates(decision: Decision, ask: Ask, view: View, reference: Reference) -> Decision:
    """Return the answer to an assignment; to the platform it tells every candidate.

    The batch, which has compared them before, is told the order alone.
    """
    is_told = isinstance(decision, Accepted) or decision.code == Problem.GUARD_FAILED
    if view.target is None or Role.PLATFORM not in ask.by.acting or not is_told:
        return decision
    takeback_order = aggregate_of(view.target)
    found, unreadable = standings(view.every(PARTNER), view.workloads())
    on = wished_on(takeback_order.body, view.now)
    pickup = wanted(takeback_order, on, point=point_compared(takeback_order, view.private_fact))
    compared = assign(pickup, found, reference.assignment)
    told = {"on": on.isoformat(), **document_of(compared), "unreadable": list(unreadable)}
    return replace(decision, body={**decision.body, "assignment": told})


def document_of(compared: Assignment, *, most: int | None = None) -> Mapping[str, Any]:
    """Return a comparison as the API tells it: of at most ``most`` candidates, the best first.

    ``best_recycler_id`` is whom the rules would name.
    """
    return {
        "outcome": str(compared.outcome),
        "best_recycler_id": compared.recycler_id,
        "policy_version": compared.policy_version,
        "candidates": [_candidate(one) for one in compared.candidates[:most]],
        "candidate_count": len(compared.candidates),
    }


def _candidate(candidate: Candidate) -> Mapping[str, Any]:
    return {
        "recycler_id": candidate.recycler_id,
        "open_units": candidate.open_units,
        "failed": list(map(str, candidate.failed)),
        "components": None if candidate.components is None else _components(candidate.components),
    }


def _components(found: Components) -> Mapping[str, Any]:
    told: Mapping[str, Any] = plain(
        {
            "score_bp": found.score_bp,
            "distance_bp": found.distance_bp,
            "sla_bp": found.sla_bp,
            "load_bp": found.load_bp,
            "price_bp": found.price_bp,
            "distance_km": found.distance_km,
            "price_cny_fen": found.price_cny_fen,
            "notes": list(map(str, found.notes)),
        }
    )
    return told
