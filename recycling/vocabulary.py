"""Words of the take-back tables that no topic publishes yet: commands, roles, flags, problems."""

from enum import StrEnum


class AggregateKind(StrEnum):
    """What has states of its own."""

    TAKEBACK_ORDER = "takeback_order"
    UNIT = "unit"
    BATCH = "batch"
    LOT = "lot"
    CONSIGNMENT = "consignment"


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
    NOT_FOUND = "not-found"
    PRICE_MISSING = "price-missing"


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


class BatchState(StrEnum):
    """States of a treatment batch (take-back specification, table 2.3)."""

    OPEN = "open"
    INPUT_CLOSED = "input_closed"
    OUTPUT_DECLARED = "output_declared"
    BALANCED = "balanced"
    UNBALANCED = "unbalanced"
    WRITTEN_OFF = "written_off"
    CERTIFIED = "certified"
    AUDITED = "audited"
    REVOKED = "revoked"


class BatchEvent(StrEnum):
    """What can happen to a treatment batch."""

    OPENED = "opened"
    INPUT_ADDED = "input_added"
    INPUT_REMOVED = "input_removed"
    INPUTS_CLOSED = "inputs_closed"
    OUTPUTS_DECLARED = "outputs_declared"
    BALANCE_CHECKED = "balance_checked"
    WRITTEN_OFF = "written_off"
    CERTIFIED = "certified"
    AUDITED = "audited"
    REVOKED = "revoked"
    HOLD_PLACED = "hold_placed"
    HOLD_RELEASED = "hold_released"


class LotCommand(StrEnum):
    """What can be asked of a lot of one material."""

    CREATE = "create"
    SHIP = "ship"
    RECEIVE = "receive"
    REJECT = "reject"
    PROCESS = "process"
    USE = "use"
    DISPOSE = "dispose"


class LotState(StrEnum):
    """States of a lot of one material."""

    CREATED = "created"
    SHIPPED = "shipped"
    RECEIVED_BY_BUYER = "received_by_buyer"
    PROCESSED = "processed"
    USED_IN_PRODUCT = "used_in_product"
    DISPOSED = "disposed"


class LotEvent(StrEnum):
    """What can happen to a lot of one material."""

    CREATED = "created"
    SHIPPED = "shipped"
    RECEIVED = "received"
    REJECTED = "rejected"
    PROCESSED = "processed"
    USED = "used"
    DISPOSED = "disposed"


class ConsignmentCommand(StrEnum):
    """What can be asked of a consignment of units."""

    CREATE = "create"
    DEPART = "depart"
    RECEIVE = "receive"


class ConsignmentState(StrEnum):
    """States of a consignment of units."""

    CREATED = "created"
    DEPARTED = "departed"
    PARTIALLY_RECEIVED = "partially_received"
    RECEIVED = "received"


class ConsignmentEvent(StrEnum):
    """What can happen to a consignment of units."""

    CREATED = "created"
    DEPARTED = "departed"
    RECEIVED = "received"


class MassBasis(StrEnum):
    """Who weighed an input, the best first; the certificate tells it."""

    ACCEPTED = "accepted"
    DEPOT = "depot"
    DOOR = "door"
    CLASS_AVERAGE = "class_average"


class Severity(StrEnum):
    """What a finding does: refuse the command, set HOLD, or mark the partner."""

    BLOCK = "block"
    HOLD = "hold"
    ALERT = "alert"
