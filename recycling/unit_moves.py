"""Unit: one old appliance, one identity; every row but the correction."""

from recycling import unit_guards as guard
from recycling import unit_notes as note
from recycling.evidence import (
    ADCODE,
    CODE,
    ID,
    SHA256,
    SLUG,
    TEXT,
    TIME,
    UNIT_KG,
    YES_OR_NO,
    grams,
    kilograms,
    kilometres,
    listed,
    may,
    needs,
    needs_if,
    one_of,
    records,
    whole,
)
from recycling.table import ANY_PARTY, Move, roles
from recycling.vocabulary import Role
from recycling.vocabulary import UnitCommand as Command
from schemas.vocabulary import Channel, VehicleEnergy, WeightMethod
from schemas.vocabulary import TakebackUnitEvent as Happened
from schemas.vocabulary import TakebackUnitState as State

MAX_ORDER_UNITS = 50
MAX_UNIT_PHOTOS = 12
PARTS = ("compressor", "motor", "evaporator", "condenser", "board", "pipe")
OPEN_STATES = (
    State.COLLECTED, State.IN_TRANSIT, State.AT_DEPOT, State.GRADED, State.IN_TRANSIT_2,
    State.RETURNING, State.ACCEPTED, State.STORED, State.DEPOLLUTED,
)  # fmt: skip
FINAL_UNIT_STATES = frozenset(
    {State.REFUSED, State.WITHDRAWN, State.REUSED, State.DISMANTLED, State.LOST}
)
REFUSAL_REASONS = ("not_the_item", "core_part_missing", "unsafe", "other")
LOSS_REASONS = ("lost", "stolen", guard.WRITTEN_OFF_REASON)

DECLARED_UNIT = (
    needs("category", SLUG),
    needs("brand", SLUG),
    needs("age_years", whole(0, 100)),
    needs("condition", SLUG),
    may("is_own_brand", YES_OR_NO),
)
_PHOTOS = needs(
    "photos",
    records(
        (
            needs("upload_id", ID),
            needs("view", one_of(*guard.PHOTO_VIEWS)),
            needs("sha256", SHA256),
            may("taken_at", TIME),
        ),
        1,
        MAX_UNIT_PHOTOS,
    ),
)
_PARTS = listed(one_of(*PARTS), 0, len(PARTS))

_AT_THE_DOOR = (
    Move(
        from_states=(None,),
        command=Command.DECLARE,
        roles=roles(Role.INTAKE),
        guards=(guard.category_is_known,),
        evidence=(
            needs("takeback_order_id", ID),
            needs("channel", one_of(*Channel)),
            needs("region", ADCODE),
            *DECLARED_UNIT,
        ),
        to=State.DECLARED,
        event=Happened.DECLARED,
    ),
    Move(
        from_states=(State.DECLARED,),
        command=Command.COLLECT,
        roles=roles(Role.RECYCLER),
        guards=(
            guard.takeback_order_is_appointed,
            guard.photos_are_complete,
            guard.code_is_unclaimed,
        ),
        evidence=(
            needs("unit_code", CODE),
            needs("code_bound_at", TIME),
            _PHOTOS,
            needs("mass_kg", UNIT_KG, kept_as="door_mass_kg"),
            needs("weight_method", one_of(*WeightMethod), kept_as="door_weighed"),
            needs_if("scale_id", ID, "weight_method", WeightMethod.SCALE),
            needs("completeness", _PARTS, kept_as="door_parts"),
            needs("grade", SLUG, kept_as="door_grade"),
            needs("price_paid_cny_fen", whole(0, 100_000_000)),
        ),
        to=State.COLLECTED,
        event=Happened.COLLECTED,
        epcis="ObjectEvent ADD collecting/returned, rma = take-back order",
        notes=note.collected,
    ),
    Move(
        from_states=(State.DECLARED,),
        command=Command.REFUSE,
        roles=roles(Role.RECYCLER),
        guards=(guard.takeback_order_is_appointed, guard.whole_is_shown),
        evidence=(needs("reason_code", one_of(*REFUSAL_REASONS)), _PHOTOS, may("note", TEXT)),
        to=State.REFUSED,
        event=Happened.REFUSED,
    ),
    Move(
        from_states=(State.DECLARED,),
        command=Command.WITHDRAW,
        roles=roles(Role.SYSTEM),
        guards=(guard.takeback_order_is_cancelled,),
        to=State.WITHDRAWN,
        event=Happened.WITHDRAWN,
    ),
)

_TO_THE_DISMANTLER = (
    Move(
        from_states=(State.COLLECTED,),
        command=Command.DEPART,
        roles=roles(Role.RECYCLER, Role.CARRIER),
        evidence=(
            needs("consignment_id", ID),
            needs("vehicle_plate", TEXT, private=True),
            needs("vehicle_energy", one_of(*VehicleEnergy)),
            needs("odometer_km", kilometres("5000000"), private=True),
        ),
        to=State.IN_TRANSIT,
        event=Happened.DEPARTED,
        epcis="AggregationEvent ADD departing/in_transit, parent = consignment",
    ),
    Move(
        from_states=(State.IN_TRANSIT, State.RETURNING),
        command=Command.RECEIVE,
        roles=roles(Role.DEPOT),
        evidence=(
            needs("mass_kg", UNIT_KG, kept_as="depot_mass_kg"),
            needs("site_id", ID, kept_as="depot_site_id"),
        ),
        to=State.AT_DEPOT,
        event=Happened.RECEIVED,
        epcis="AggregationEvent DELETE unpacking; ObjectEvent OBSERVE receiving",
        finds=guard.find_drift,
    ),
    Move(
        from_states=(State.AT_DEPOT,),
        command=Command.INSPECT,
        roles=roles(Role.DEPOT),
        evidence=(
            needs("grade", one_of("reuse", "parts", "recycle")),
            needs("completeness", _PARTS, kept_as="depot_parts"),
        ),
        to=State.GRADED,
        event=Happened.INSPECTED,
        epcis="ObjectEvent OBSERVE inspecting",
        finds=guard.find_missing_parts,
    ),
    Move(
        from_states=(State.GRADED,),
        command=Command.RESELL,
        roles=roles(Role.PLATFORM),
        guards=(guard.grade_is_reuse, guard.refurbisher_is_licensed, guard.data_is_wiped),
        evidence=(needs("refurbisher_id", ID), needs("data_wiped", YES_OR_NO)),
        to=State.REUSED,
        event=Happened.RESOLD_FOR_REUSE,
        epcis="ObjectEvent OBSERVE retail_selling/retail_sold",
    ),
    Move(
        from_states=(State.GRADED,),
        command=Command.SHIP_TO_DISMANTLER,
        roles=roles(Role.DEPOT),
        evidence=(
            needs("dismantler_id", ID),
            needs("manifest_id", ID),
            needs("same_site", YES_OR_NO),
            needs_if("consignment_id", ID, "same_site", False),
        ),
        to=State.IN_TRANSIT_2,
        event=Happened.SHIPPED_TO_DISMANTLER,
        epcis="ObjectEvent OBSERVE shipping/in_transit, owning and possessing party",
    ),
)

_AT_THE_DISMANTLER = (
    Move(
        from_states=(State.IN_TRANSIT_2,),
        command=Command.ACCEPT,
        roles=roles(Role.DISMANTLER),
        guards=(guard.licence_covers,),
        evidence=(
            needs("mass_kg", UNIT_KG, kept_as="accepted_mass_kg"),
            needs("site_id", ID),
        ),
        to=State.ACCEPTED,
        event=Happened.ACCEPTED,
        epcis="ObjectEvent OBSERVE accepting",
        notes=note.accepted,
        finds=guard.find_drift,
    ),
    Move(
        from_states=(State.IN_TRANSIT_2,),
        command=Command.REJECT,
        roles=roles(Role.DISMANTLER),
        guards=(guard.accepted_mass_is_zero,),
        evidence=(
            needs("reason_code", SLUG),
            needs("accepted_mass_kg", kilograms("0", "500"), kept_as="rejected_mass_kg"),
        ),
        to=State.RETURNING,
        event=Happened.REJECTED,
        epcis="ObjectEvent OBSERVE inspecting/mismatch_instance or non_conformant",
    ),
    Move(
        from_states=(State.ACCEPTED,),
        command=Command.STORE,
        roles=roles(Role.DISMANTLER),
        evidence=(needs("location_id", ID), needs("stored_at", TIME)),
        to=State.STORED,
        event=Happened.STORED,
        epcis="ObjectEvent OBSERVE storing",
    ),
    Move(
        from_states=(State.STORED,),
        command=Command.DEPOLLUTE,
        roles=roles(Role.DISMANTLER),
        evidence=(
            needs(
                "refrigerants",
                records((needs("gas", SLUG), needs("mass_g", grams("50000"))), 0, 10),
            ),
            needs("oil_g", grams("50000")),
            needs("capacitor_count", whole(0, 1_000)),
            needs("mercury_g", grams("1000")),
            needs("crt_glass_g", grams("100000")),
        ),
        to=State.DEPOLLUTED,
        event=Happened.DEPOLLUTED,
        epcis="ObjectEvent OBSERVE disassembling/in_progress",
        notes=note.depolluted,
    ),
    Move(
        from_states=(State.STORED, State.DEPOLLUTED),
        command=Command.DISMANTLE,
        roles=roles(Role.SYSTEM),
        guards=(guard.batch_is_balanced, guard.depollution_is_done),
        evidence=(needs("batch_id", ID),),
        to=State.DISMANTLED,
        event=Happened.DISMANTLED,
        epcis="with its batch",
    ),
    Move(
        from_states=OPEN_STATES,
        command=Command.REPORT_LOST,
        roles=ANY_PARTY | {Role.SYSTEM},
        guards=(guard.in_no_batch,),
        evidence=(needs("reason_code", one_of(*LOSS_REASONS)),),
        to=State.LOST,
        event=Happened.LOST,
        epcis="ObjectEvent OBSERVE stolen or unknown",
    ),
)

MOVES = (*_AT_THE_DOOR, *_TO_THE_DISMANTLER, *_AT_THE_DISMANTLER)
