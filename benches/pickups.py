"""Durable pickups a second over HTTP on loopback: the bare route, and the same behind FastAPI.

One process serves, this one posts: both on the same machine, so that the client takes its share
of the cores. Each round has a ledger of its own, whose orders were made ready before. The disk's
flush is measured beside it: without fsyncs a second the figure means nothing.
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benches.ledger import fsyncs_per_s
from benches.machine import machine
from benches.pickup_load import post_all, prepare, settings_in
from loopline import partner_address
from runtime.settings import LedgerSettings, read_settings

AIM_PER_S, AIM_P99_MS = 3_000, 50
ROUTES = {"bare": "/v1/pickups", "fastapi": "/v1/pickups"}
READY_WITHIN_S = 60.0


@contextmanager
def served(folder: Path, route: str) -> Iterator[int]:
    """Give the port of a partner API process."""
    log = (folder / "api.log").open("wb")
    command = [sys.executable, "-m", "benches.pickup_server", route]
    process = subprocess.Popen(
        command, env={**os.environ, **settings_in(folder)}, stdout=log, stderr=log
    )
    try:
        yield await_port(folder, process)
    finally:
        process.terminate()
        process.wait(30)
        log.close()


def await_port(folder: Path, process: "subprocess.Popen[bytes]") -> int:
    """Return where the process listens, once it does."""
    deadline = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline and process.poll() is None:
        url = partner_address.read(LedgerSettings(dir=folder / "ledger"))
        if url is not None:
            return int(url.rpartition(":")[2])
        time.sleep(0.05)
    raise RuntimeError(f"no partner API: {(folder / 'api.log').read_text()[-2_000:]}")


def commits_of(port: int) -> int:
    """Return how often the ledger has committed."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready") as answer:
        line = json.loads(answer.readline())
    return int(line["detail"].split(" ", 1)[0])


def one_round(route: str, orders: int, connections: int, number: int) -> dict[str, Any]:
    """Return what one round measured."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ.update(settings_in(folder))
        prepared = prepare(read_settings(), orders)
        with served(folder, route) as port:
            before = commits_of(port)
            posted = asyncio.run(
                post_all(port, ROUTES[route], prepared, connections=connections, run=f"r{number}")
            )
            commits = commits_of(port) - before
    ordered = sorted(posted.latencies_s)
    return {
        "per_s": round(len(ordered) / posted.seconds),
        "p50_ms": round(1_000 * ordered[len(ordered) // 2], 2),
        "p99_ms": round(1_000 * ordered[int(len(ordered) * 0.99)], 2),
        "max_ms": round(1_000 * ordered[-1], 2),
        "statuses": posted.statuses,
        "commits_per_s": round(commits / posted.seconds),
        "per_commit": round(len(ordered) / max(1, commits), 1),
    }


def medians(rounds: list[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the median of each figure, and every status there was."""
    figures = ("per_s", "p50_ms", "p99_ms", "max_ms", "commits_per_s", "per_commit")
    statuses: dict[str, int] = {}
    for one in rounds:
        for status, count in one["statuses"].items():
            statuses[str(status)] = statuses.get(str(status), 0) + count
    told = {name: statistics.median(one[name] for one in rounds) for name in figures}
    return told | {"statuses": statuses, "rounds": [one["per_s"] for one in rounds]}


def main() -> None:
    """Measure, and print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=15_000)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--route", choices=[*ROUTES, "both"], default="both")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    routes = list(ROUTES) if options.route == "both" else [options.route]
    found: dict[str, list[Mapping[str, Any]]] = {route: [] for route in routes}
    for number in range(options.rounds):
        for route in routes:
            found[route].append(one_round(route, options.orders, options.connections, number))
            print(f"round {number + 1}, {route}: {found[route][-1]}", file=sys.stderr)
    with tempfile.TemporaryDirectory() as name:
        flushes = fsyncs_per_s(Path(name))
    told = {
        "machine": machine(),
        "orders": options.orders,
        "connections": options.connections,
        "fsyncs_per_s": round(flushes),
        "aim": {"per_s": AIM_PER_S, "p99_ms": AIM_P99_MS},
        **{route: medians(rounds) for route, rounds in found.items()},
    }
    print(json.dumps(told, indent=None if options.json else 2, ensure_ascii=False))


if __name__ == "__main__":
    main()
