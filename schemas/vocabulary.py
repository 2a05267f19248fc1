"""Closed vocabularies, one spelling from the WMS to the chart axis; open ids are plain text."""

from enum import StrEnum


class TransportMode(StrEnum):
    """How a leg moved (ISO 14083 transport modes; what it burned is ``VehicleEnergy``)."""

    ROAD = "road"
    RAIL = "rail"
    SEA = "sea"
    INLAND_WATER = "inland_water"
    AIR = "air"
    ROPAX = "ropax"
    PARCEL = "parcel"


class VehicleEnergy(StrEnum):
    """What drove the vehicle."""

    DIESEL = "diesel"
    PETROL = "petrol"
    ELECTRIC = "electric"
    LNG = "lng"
    CNG = "cng"
    LPG = "lpg"
    HYBRID = "hybrid"
    HYDROGEN = "hydrogen"
    JET_FUEL = "jet_fuel"
    MARINE_FUEL = "marine_fuel"


class LegKind(StrEnum):
    """Where in the chain a leg lies."""

    MAIN_LINE = "main_line"
    TRANSFER = "transfer"
    LAST_LEG = "last_leg"
    REVERSE = "reverse"


class DistanceMethod(StrEnum):
    """How a leg's distance came about."""

    DECLARED = "declared"
    SFD = "sfd"
    GCD = "gcd"
    ACTUAL = "actual"


class DistanceKind(StrEnum):
    """The distance an activity stands on: shortest feasible or great circle, never the odometer."""

    SFD = "sfd"
    GCD = "gcd"


class CalculationMethod(StrEnum):
    """Rank of the factor selection that answered (emissions specification, section 3)."""

    PRIMARY_ENERGY = "primary_energy"
    CARRIER_TOC = "carrier_toc"
    MODELLED = "modelled"
    CLASS_DEFAULT = "class_default"
    MODE_DEFAULT = "mode_default"


class DataClass(StrEnum):
    """How good the data behind a number are, in three classes."""

    PRIMARY = "primary"
    MODELLED = "modelled"
    DEFAULT = "default"


class ElectricityBasis(StrEnum):
    """The two families of Chinese electricity factors; they are never mixed."""

    GENERATION_CO2 = "generation_co2"
    LIFECYCLE_CO2E = "lifecycle_co2e"


class ForkliftEnergy(StrEnum):
    """What drives a forklift."""

    BATTERY_ELECTRIC = "battery_electric"
    DIESEL = "diesel"
    LPG = "lpg"
    CNG = "cng"
    HYDROGEN = "hydrogen"


class Channel(StrEnum):
    """Where a take-back wish came from."""

    WECHAT_ACCOUNT = "wechat_account"
    MINI_PROGRAM = "mini_program"
    WEB_SHOP = "web_shop"
    MARKETPLACE = "marketplace"
    CALL_CENTRE = "call_centre"
    ENGINEER_APP = "engineer_app"
    SERVICE_NETWORK = "service_network"
    STORE_GUIDE = "store_guide"
    MERCHANT_PLATFORM = "merchant_platform"
    OFFLINE_STORE = "offline_store"
    CAMPAIGN = "campaign"
    OTHER = "other"


class ServiceMode(StrEnum):
    """Who collects, and with which delivery; it decides which leg carries the emission."""

    COLLECT_THEN_DELIVER = "collect_then_deliver"
    DELIVER_THEN_COLLECT = "deliver_then_collect"
    DELIVER_AND_COLLECT = "deliver_and_collect"
    DELIVER_THEN_REMOVE_AND_INSTALL = "deliver_then_remove_and_install"
    DELIVER_AND_SEPARATE_COLLECT = "deliver_and_separate_collect"


class TakebackOrderState(StrEnum):
    """States of a take-back order (take-back specification, table 2.1)."""

    REQUESTED = "requested"
    APPRAISED = "appraised"
    CONFIRMED = "confirmed"
    ASSIGNED = "assigned"
    REASSIGNING = "reassigning"
    ACCEPTED = "accepted"
    APPOINTED = "appointed"
    PICKED_UP = "picked_up"
    PARTIALLY_PICKED_UP = "partially_picked_up"
    REFUSED_AT_DOOR = "refused_at_door"
    FULFILLED = "fulfilled"
    SETTLED = "settled"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class TakebackOrderEvent(StrEnum):
    """What can happen to a take-back order (take-back specification, table 2.1)."""

    DEMAND_REGISTERED = "demand_registered"
    APPRAISED = "appraised"
    TRADE_IN_LINKED = "trade_in_linked"
    CONFIRMED = "confirmed"
    ASSIGNED = "assigned"
    ACCEPTED = "accepted"
    ASSIGNMENT_EXPIRED = "assignment_expired"
    DECLINED = "declined"
    UNASSIGNED = "unassigned"
    APPOINTED = "appointed"
    RESCHEDULED = "rescheduled"
    NO_SHOW = "no_show"
    PICKED_UP = "picked_up"
    FULFILLED = "fulfilled"
    SETTLED = "settled"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    HOLD_PLACED = "hold_placed"
    HOLD_RELEASED = "hold_released"
    DISPUTED = "disputed"
    DISPUTE_RESOLVED = "dispute_resolved"


class TakebackUnitState(StrEnum):
    """States of one old appliance (take-back specification, table 2.2)."""

    DECLARED = "declared"
    COLLECTED = "collected"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    IN_TRANSIT = "in_transit"
    AT_DEPOT = "at_depot"
    GRADED = "graded"
    REUSED = "reused"
    IN_TRANSIT_2 = "in_transit_2"
    RETURNING = "returning"
    ACCEPTED = "accepted"
    STORED = "stored"
    DEPOLLUTED = "depolluted"
    DISMANTLED = "dismantled"
    LOST = "lost"


class TakebackUnitEvent(StrEnum):
    """What can happen to one old appliance (take-back specification, table 2.2)."""

    DECLARED = "declared"
    COLLECTED = "collected"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    DEPARTED = "departed"
    RECEIVED = "received"
    INSPECTED = "inspected"
    RESOLD_FOR_REUSE = "resold_for_reuse"
    SHIPPED_TO_DISMANTLER = "shipped_to_dismantler"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    STORED = "stored"
    DEPOLLUTED = "depolluted"
    DISMANTLED = "dismantled"
    LOST = "lost"
    CORRECTED = "corrected"


class WeightMethod(StrEnum):
    """Whether a unit was weighed or its class average stands in."""

    SCALE = "scale"
    CLASS_AVERAGE = "class_average"


class HubType(StrEnum):
    """What a hub is for; names as data exchange has them."""

    TRANSSHIPMENT = "transshipment"
    STORAGE_AND_TRANSSHIPMENT = "storage_and_transshipment"
    WAREHOUSE = "warehouse"
    LIQUID_BULK_TERMINAL = "liquid_bulk_terminal"
    MARITIME_CONTAINER_TERMINAL = "maritime_container_terminal"


class RefrigerantOutcome(StrEnum):
    """What became of the refrigerant of one old unit."""

    RECOVERED_DESTROYED = "recovered_destroyed"
    RECOVERED_RECLAIMED = "recovered_reclaimed"
    VENTED = "vented"
    LEFT_IN_UNIT = "left_in_unit"


class AggregateKind(StrEnum):
    """What has states of its own."""

    TAKEBACK_ORDER = "takeback_order"
    UNIT = "unit"
    BATCH = "batch"
    LOT = "lot"
    CONSIGNMENT = "consignment"


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


class Severity(StrEnum):
    """What a finding does: refuse the command, set HOLD, or mark the partner."""

    BLOCK = "block"
    HOLD = "hold"
    ALERT = "alert"
