"""What the metrics of take-back are made of, told as events, each with its figure by hand."""

from collections.abc import Callable

import duckdb

from schemas.wire import WireEvent
from tests.warehouse.builders import Logs, emission, order_fact, sink_of, uid, unit_fact
from tests.warehouse.told_builders import Fact, balance, batch_fact, finding, lot, told_in

Db = duckdb.DuckDBPyConnection
Event = Fact | WireEvent
BOARDS = {"material": "boards", "hazardous_code": "900-045-49"}


def _told(db: Db, *events: Event) -> None:
    db.execute("set arrow_lossless_conversion = true")
    sink_of(db).write(told_in(Logs(), *events))


def _unit(number: int, event_type: str, to_state: str, seq: int = 1, **changed: object) -> Event:
    return unit_fact(
        seq, event_type, to_state, unit_id=f"U-{number}", event_id=uid(100 * number + seq),
        **changed,
    )  # fmt: skip


def units_on_a_leg(db: Db) -> None:
    """Units of 30 and 10 kg on a leg of 50.456689 kg CO2e; a third of 20 kg went nowhere yet."""
    _told(
        db,
        *(_unit(n, "collected", "collected", mass_kg=kg) for n, kg in enumerate(("30", "10"), 1)),
        *(_unit(n, "departed", "in_transit", 2, mass_kg=None, consignment_id="C-1")
          for n in (1, 2)),
        _unit(3, "collected", "collected", mass_kg="20"),
        _unit(4, "collected", "collected", mass_kg=None),
        emission(1, leg="reverse", consignment_id="C-1"),
    )  # fmt: skip


def units_at_their_end(db: Db) -> None:
    """One of four was resold; a fifth is still at the depot."""
    ends = ["resold_for_reuse", "dismantled", "dismantled", "dismantled", "received"]
    _told(db, *(_unit(n, end, "dismantled") for n, end in enumerate(ends, 1)))


def depolluted(db: Db) -> None:
    """62.5 g and 10 g; of a third nobody told."""
    grams = ("62.5", "10", None)
    _told(db, *(_unit(n, "depolluted", "depolluted", refrigerant_g=g)
                for n, g in enumerate(grams, 1)))  # fmt: skip


def visits(db: Db) -> None:
    """Four visits: one no-show, its second visit, a first one, and one where all was refused."""
    told = [
        (1, 1, "no_show", "appointed"), (1, 2, "picked_up", "picked_up"),
        (2, 1, "picked_up", "partially_picked_up"), (3, 1, "picked_up", "refused_at_door"),
    ]  # fmt: skip
    _told(db, *(_order(*one) for one in told))


def _order(number: int, seq: int, event_type: str, to_state: str) -> Event:
    return order_fact(
        seq, event_type, to_state, takeback_order_id=f"T-{number}", event_id=uid(100 * number + seq)
    )


def assignments(db: Db) -> None:
    """Five assignments: one declined, two expired."""
    events = ["assigned", "declined", "assigned", "assignment_expired", "assigned",
              "assignment_expired", "assigned", "assigned"]  # fmt: skip
    _told(db, *(_order(1, seq, one, "assigned") for seq, one in enumerate(events, 1)))


def batches(db: Db) -> None:
    """1.2 kg of 120 and 1.8 kg of 180; an unbalanced and an unchecked one do not count."""
    _told(
        db,
        batch_fact(1, "balance_checked", "balanced", **balance("120", "1.2")),
        batch_fact(1, "certified", "certified", batch_id="B-2", **balance("180", "1.8")),
        batch_fact(1, "balance_checked", "unbalanced", batch_id="B-3", **balance("100", "50")),
        batch_fact(1, "opened", "open", batch_id="B-4"),
    )


def lots(db: Db) -> None:
    """6 kg of boards left with a manifest, 2 kg without, 1 kg is there; 389 kg are in a product."""
    _told(
        db,
        lot(1, 1, "shipped", "shipped", mass_kg="6", manifest_id="M-1", **BOARDS),
        lot(2, 1, "shipped", "shipped", mass_kg="2", **BOARDS),
        lot(3, 1, "created", "created", mass_kg="1", **BOARDS),
        lot(4, 1, "used", "used_in_product", product_id="drum"),
        lot(5, 1, "shipped", "shipped", mass_kg="11"),
    )


def reverse_legs(db: Db) -> None:
    """100 t km electric of 400 on reverse legs; an electric main line is none."""
    legs = [("reverse", "electric", "100"), ("reverse", "diesel", "300"),
            ("main_line", "electric", "900")]  # fmt: skip
    _told(db, *(emission(n, leg=kind, energy=energy, transport_tkm=tkm)
                for n, (kind, energy, tkm) in enumerate(legs, 1)))  # fmt: skip


def findings(db: Db) -> None:
    """Two open; of three decided ones two were upheld, and one was closed without a word."""
    decided = [(3, True), (4, True), (5, False), (6, None)]
    _told(
        db,
        finding(1),
        finding(2),
        *(finding(n) for n, _ in decided),
        *(finding(n, 2, is_open=False, is_upheld=upheld) for n, upheld in decided),
    )


FIXTURES: dict[str, tuple[Callable[[Db], None], str]] = {
    "takeback_kgco2e_per_unit": (units_on_a_leg, "25.2283445"),
    "takeback_kgco2e_per_kg": (units_on_a_leg, "1.261417225"),
    "takeback_kg_per_unit": (units_on_a_leg, "20"),
    "reuse_share": (units_at_their_end, "0.25"),
    "refrigerant_g_per_unit": (depolluted, "36.25"),
    "first_visit_share": (visits, "0.333333333"),
    "no_show_share": (visits, "0.25"),
    "decline_share": (assignments, "0.2"),
    "expiry_share": (assignments, "0.4"),
    "mass_gap_share": (batches, "0.01"),
    "hazardous_lot_kg": (lots, "9"),
    "hazardous_manifest_share": (lots, "0.75"),
    "closed_loop_kg": (lots, "389"),
    "ev_reverse_share": (reverse_legs, "0.25"),
    "findings_open": (findings, "2"),
    "finding_upheld_share": (findings, "0.666666667"),
}
KNOWN_ZEROS: dict[str, Callable[[Db], None]] = {
    "hazardous_lot_kg": lambda db: _told(db, lot(1, 1, "created", "created")),
    "closed_loop_kg": lambda db: _told(db, lot(1, 1, "created", "created")),
    "findings_open": lambda db: _told(db, finding(1, 2, is_open=False, is_upheld=True)),
}
