"""Commands a second that the ledger makes durable: group commit against one commit per request.

Both run in the same process, in interleaved rounds, on the same disk and with the same rules: a
command that moves one aggregate and writes event, outbox and idempotency row. Only how many may
share a commit differs. The peer's cost is the disk's flush, so the figure means nothing without
fsyncs a second, which are measured in the same run.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benches.machine import machine
from ledger import writer
from ledger.canonical import body_digest
from ledger.contract import MAX_GROUP, Ports, View
from ledger.records import Accepted, Answer, Caller, Change, Decision, Ref, Request
from ledger.sqlite_ledger import SqliteLedger

ORDERS = 500
WINDOW = 1_500  # requests that wait at once; the queue takes 2,000
CLIENT = Caller("bench")
AIM = 10.0
GROUP_COMMIT, COMMIT_EACH = "group commit", "commit per request"
Command = Mapping[str, Any]


def decide(command: Command, view: View) -> Decision:
    """Count one more pickup of an order."""
    before = view.target
    body = {"pickups": 1 + (before.body["pickups"] if before is not None else 0), **command["more"]}
    change = Change(
        kind="takeback_order",
        id=command["id"],
        state="APPOINTED",
        body=body,
        type="picked_up",
        occurred_at=view.now,
        payload={"takeback_order_id": command["id"], **command["more"]},
        topic="takeback.order.v1",
        key=command["id"],
    )
    return Accepted(body={"pickups": body["pickups"]}, changes=(change,))


def request(number: int, *, opens: bool = False) -> Request[Command]:
    """Return a pickup of about 500 bytes under a key of its own."""
    order_id = f"RO-{number % ORDERS}"
    more = {
        "units": [{"code": f"PL-{number}-{unit}", "mass_kg": "40.79"} for unit in range(4)],
        "collector": "c-17",
        "note": "x" * 200,
    }
    body = {"id": order_id, "more": more}
    return Request(
        caller=CLIENT,
        method="POST",
        path=f"/v1/takeback-orders/{order_id}:pickup",
        digest=body_digest(body),
        command=body,
        key=f"k-{opens}-{number}",
        target=None if opens else Ref("takeback_order", order_id),
    )


def opened(folder: Path, *, max_group: int) -> SqliteLedger[Command]:
    """Return a ledger with its orders in place."""
    ports = Ports(
        now=lambda: datetime.now(UTC),
        new_id=lambda: "none",
        free_share=lambda: 1.0,
        sent_until=lambda: 0,
    )
    ledger = SqliteLedger(folder, decide, ports, product_version="bench", max_group=max_group)
    for one in [ledger.submit(request(number, opens=True)) for number in range(ORDERS)]:
        one.result()
    return ledger


def commands_per_s(ledger: SqliteLedger[Command], requests: Sequence[Request[Command]]) -> float:
    """Return acknowledged commands a second, ``WINDOW`` of them waiting at any time."""
    waiting: list[Future[Answer]] = []
    began_s = time.perf_counter()
    for number, one in enumerate(requests):
        if number >= WINDOW:
            waiting[number - WINDOW].result()
        waiting.append(ledger.submit(one))
    assert all(one.result().status == 200 for one in waiting)
    return len(requests) / (time.perf_counter() - began_s)


def fsyncs_per_s(folder: Path, *, for_s: float = 1.0) -> float:
    """Return how often this disk flushes 4 KiB that were appended."""
    with (folder / "flushed").open("wb", buffering=0) as file:
        began_s, count = time.perf_counter(), 0
        while time.perf_counter() - began_s < for_s:
            file.write(b"x" * 4_096)
            os.fsync(file.fileno())
            count += 1
        return count / (time.perf_counter() - began_s)


def slow_flushes(flush_s: float) -> None:
    """Let each commit take ``flush_s`` longer: a disk that really waits for its platter."""
    commit = writer.Writer._in_one_transaction

    def slow(self: writer.Writer, group: writer.Group) -> Sequence[object]:
        outcomes = commit(self, group)
        time.sleep(flush_s)
        return outcomes

    writer.Writer._in_one_transaction = slow  # type: ignore[method-assign]


def measured(folder: Path, *, commands: int, each: int, rounds: int) -> dict[str, list[float]]:
    """Return commands a second of every round, by how it commits."""
    with ExitStack() as stack:
        ledgers = {}
        for name, max_group in ((GROUP_COMMIT, MAX_GROUP), (COMMIT_EACH, 1)):
            ledgers[name] = opened(folder / name.replace(" ", "-"), max_group=max_group)
            stack.callback(ledgers[name].close)
        found: dict[str, list[float]] = {name: [] for name in ledgers}
        for number in range(rounds):
            for name in sorted(ledgers, reverse=number % 2 == 1):
                count = commands if name == GROUP_COMMIT else each
                first = number * commands
                requests = [request(first + n) for n in range(count)]
                found[name].append(commands_per_s(ledgers[name], requests))
    return found


def report(told: argparse.Namespace) -> dict[str, Any]:
    """Return what was measured, with the machine that it was measured on."""
    if told.flush_ms:
        slow_flushes(told.flush_ms / 1_000)
    with tempfile.TemporaryDirectory(dir=told.dir) as name:
        folder = Path(name)
        before = fsyncs_per_s(folder)
        rounds = measured(folder, commands=told.commands, each=told.each, rounds=told.rounds)
        after = fsyncs_per_s(folder)
    medians = {way: round(statistics.median(rates)) for way, rates in rounds.items()}
    ratio = medians[GROUP_COMMIT] / medians[COMMIT_EACH]
    return {
        "machine": machine(),
        "modelled_flush_ms": told.flush_ms,
        "fsyncs_per_s": [round(before), round(after)],
        "commands_per_s": medians,
        "rounds": {way: [round(rate) for rate in rates] for way, rates in rounds.items()},
        "ratio": round(ratio, 2),
        "aim": AIM,
        "holds": ratio >= AIM,
    }


def arguments() -> argparse.Namespace:
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--commands", type=int, default=20_000, help="a round, in groups")
    parser.add_argument("--each", type=int, default=2_000, help="a round, one commit each")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--flush-ms", type=float, default=0.0, help="model a slower disk")
    parser.add_argument("--dir", type=Path, default=None, help="on the disk to measure")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def main() -> None:
    """Measure and tell."""
    told = arguments()
    found = report(told)
    if told.json:
        print(json.dumps(found, indent=2))
        return
    for way, rate in found["commands_per_s"].items():
        print(f"{way:20} {rate:>9,} commands/s")
    flushes = " and ".join(f"{rate:,}" for rate in found["fsyncs_per_s"])
    print(f"{'ratio':20} {found['ratio']:>9} (aim {AIM:g})")
    print(f"{'fsyncs':20} {flushes} /s before and after")
    if told.flush_ms:
        print(f"each commit was made {told.flush_ms:g} ms longer: a modelled disk")


if __name__ == "__main__":
    main()
