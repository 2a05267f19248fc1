"""Words of the take-back tables that no topic publishes: commands, roles, flags, problems."""

from enum import StrEnum

# These are published, so their one definition stands with the contracts.
from schemas.vocabulary import AggregateKind as AggregateKind
from schemas.vocabulary import BatchEvent as BatchEvent
from schemas.vocabulary import BatchState as BatchState
from schemas.vocabulary import ConsignmentEvent as ConsignmentEvent
from schemas.vocabulary import ConsignmentState as ConsignmentState
from schemas.vocabulary import LotEvent as LotEvent
from schemas.vocabulary import LotState as LotState
from schemas.vocabulary import Severity as Severity


class Role(StrEnum):
    """As what a party acts; ``author`` and ``holder`` follow from the aggregate, not a key."""

    INTAKE = "intake"
    CONSUMER = "consumer"
    RECYCLER = "recycler"
    CARRIER = "carrier"
    DEPOT = "depot"
    DISMANTLER = "dismantler"
    BUYER = "buyer"
    PLANT = "plant"
    PLATFORM = "platform"
    FINANCE = "finance"
    AUDITOR = "auditor"
    SYSTEM = "system"
    AUTHOR = "author"
    HOLDER = "holder"


class Flag(StrEnum):
    """What stands beside a state and blocks some commands."""

    HOLD = "HOLD"
    DISPUTED = "DISPUTED"


class Problem(StrEnum):
    """Stable names of refusals; ``urn:loopline:problem:<name>`` at the wall."""

    TRANSITION_NOT_ALLOWED = "transition-not-allowed"
    GUARD_FAILED = "guard-failed"
    ROLE_NOT_ALLOWED = "role-not-allowed"
    EVIDENCE_INCOMPLETE = "evidence-incomplete"
    VALIDATION_FAILED = "validation-failed"
    ORDER_REASSIGNED = "order-reassigned"
    IDENTITY_ALREADY_CLAIMED = "identity-already-claimed"
    TIME_IN_FUTURE = "time-in-future"
    REGION_UNKNOWN = "region-unknown"


class OrderCommand(StrEnum):
    """What can be asked of a take-back order."""

    REGISTER_DEMAND = "register_demand"
    APPRAISE = "appraise"
    LINK_TRADE_IN = "link_trade_in"
    CONFIRM = "confirm"
    ASSIGN = "assign"
    ACCEPT = "accept"
    EXPIRE_ASSIGNMENT = "expire_assignment"
    DECLINE = "decline"
    UNASSIGN = "unassign"
    APPOINT = "appoint"
    RESCHEDULE = "reschedule"
    REPORT_NO_SHOW = "report_no_show"
    POST_PICKUP = "post_pickup"
    COMPLETE = "complete"
    SETTLE = "settle"
    CLOSE = "close"
    CANCEL = "cancel"
    HOLD = "hold"
    RELEASE = "release"
    DISPUTE = "dispute"
    RESOLVE = "resolve"


class UnitCommand(StrEnum):
    """What can be asked of one old appliance."""

    DECLARE = "declare"
    COLLECT = "collect"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"
    DEPART = "depart"
    RECEIVE = "receive"
    INSPECT = "inspect"
    RESELL = "resell"
    SHIP_TO_DISMANTLER = "ship_to_dismantler"
    ACCEPT = "accept"
    REJECT = "reject"
    STORE = "store"
    DEPOLLUTE = "depollute"
    DISMANTLE = "dismantle"
    REPORT_LOST = "report_lost"
    CORRECT = "correct"


class BatchCommand(StrEnum):
    """What can be asked of a treatment batch."""

    OPEN = "open"
    ADD_INPUT = "add_input"
    REMOVE_INPUT = "remove_input"
    CLOSE_INPUTS = "close_inputs"
    DECLARE_OUTPUTS = "declare_outputs"
    CHECK_BALANCE = "check_balance"
    WRITE_OFF = "write_off"
    CERTIFY = "certify"
    AUDIT = "audit"
    REVOKE = "revoke"
    HOLD = "hold"
    RELEASE = "release"


class LotCommand(StrEnum):
    """What can be asked of a lot of one material."""

    CREATE = "create"
    SHIP = "ship"
    RECEIVE = "receive"
    REJECT = "reject"
    PROCESS = "process"
    USE = "use"
    DISPOSE = "dispose"


class ConsignmentCommand(StrEnum):
    """What can be asked of a consignment of units."""

    CREATE = "create"
    DEPART = "depart"
    RECEIVE = "receive"


class MassBasis(StrEnum):
    """Who weighed an input, the best first; the certificate tells it."""

    ACCEPTED = "accepted"
    DEPOT = "depot"
    DOOR = "door"
    CLASS_AVERAGE = "class_average"
