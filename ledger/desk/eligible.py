"""Whether a recycler may have an order on a day: what assign, appoint and reschedule must know."""

from datetime import date

from ledger.contract import View
from ledger.desk.ask import Ask
from ledger.desk.look_up import judged_evidence
from ledger.desk.part import LookUps
from ledger.desk.partner_profile import PARTNER
from ledger.desk.promises import categories_of, day_of, wished_on
from ledger.desk.reference import Reference
from ledger.desk.standing import is_recycler, standing_of
from ledger.promise import NO_WORK
from ledger.records import Ref
from recycling.aggregate import Aggregate
from recycling.eligibility import WantedPickup, failures
from recycling.evidence import EvidenceError
from recycling.facts import Known
from recycling.region import Point
from recycling.vocabulary import AggregateKind, OrderCommand

RECYCLER_UNKNOWN = "recycler_unknown"
PROFILE_UNREADABLE = "profile_unreadable"
# State, role or evidence refuse the command before its eligibility is asked.
NOBODY_ASKS = Known(failed_codes=())


def wanted(takeback_order: Aggregate, on: date, *, point: Point | None = None) -> WantedPickup:
    """Return what an order wants of a recycler.

    Every former recycler counts as having declined, also one that did not come or that the
    platform took it from: else the next round gives it back. The one that has it now does not.
    """
    body = takeback_order.body
    former = body.get("former_recyclers", ())
    return WantedPickup(
        takeback_order_id=takeback_order.id,
        region=body["region"],
        categories=categories_of(body),
        wished_on=on,
        point=point,
        declined_by=frozenset(former) - {body.get("recycler_id")},
        rounds_done=len(former),
    )


def failed_codes_of(
    takeback_order: Aggregate, on: date, recycler_id: str, view: View, reference: Reference
) -> tuple[str, ...]:
    """Return every reason why a recycler may not have an order on the day ``on``; none: it may.

    What it has promised for this very order takes nothing of its capacity. Beside the codes of
    ``recycling.eligibility`` there are ``recycler_unknown`` and ``profile_unreadable``.
    """
    partner = view.find(Ref(PARTNER, recycler_id))
    if partner is None or not is_recycler(partner):
        return (RECYCLER_UNKNOWN,)
    promise = view.last_promise(takeback_order.id)
    own = promise if promise is not None and promise.recycler_id == recycler_id else None
    workload = view.workloads(recycler_id).get(recycler_id, NO_WORK)
    try:
        standing = standing_of(partner, workload, without=own)
    except EvidenceError:  # told as a code: the partner's own keeper sees field and value
        return (PROFILE_UNREADABLE,)
    return tuple(map(str, failures(wanted(takeback_order, on), standing)))


def known_of_assign(ask: Ask, takeback_order: Aggregate, view: View, reference: Reference) -> Known:
    """Look up whether the named recycler is eligible on the wished day."""
    told = judged_evidence(ask, takeback_order)
    if told is None:
        return NOBODY_ASKS
    on, recycler_id = wished_on(takeback_order.body, view.now), told["recycler_id"]
    return Known(failed_codes=failed_codes_of(takeback_order, on, recycler_id, view, reference))


def known_of_appointment(
    ask: Ask, takeback_order: Aggregate, view: View, reference: Reference
) -> Known:
    """Look up whether the order's recycler is eligible on the day of the window."""
    told = judged_evidence(ask, takeback_order)
    if told is None:
        return NOBODY_ASKS
    on, recycler_id = day_of(told["window_from"]), takeback_order.body["recycler_id"]
    return Known(failed_codes=failed_codes_of(takeback_order, on, recycler_id, view, reference))


_ORDER = AggregateKind.TAKEBACK_ORDER
ELIGIBLE_LOOK_UPS: LookUps = {
    (_ORDER, OrderCommand.ASSIGN): known_of_assign,
    (_ORDER, OrderCommand.APPOINT): known_of_appointment,
    (_ORDER, OrderCommand.RESCHEDULE): known_of_appointment,
}
