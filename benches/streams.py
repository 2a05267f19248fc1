"""``python -m benches.streams``: the batch agent against its peers, and the product's own path.

On a real Apache Kafka, in one run, in interleaved rounds: every runner is a process of its own on
one core, the broker has the others; a figure is the median of the rounds. The clock runs from the
first event that reaches the runner to the last answer that the broker (or the database) holds.
"""

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from benches import feed, peers, profiling, table
from benches.machine import machine
from benches.measure import Taken, Task
from benches.runners import RunnerFailed, numbered, ran, ran_together, result_path
from benches.work import events
from schemas.topics import EMISSIONS

PLAIN = "plain"
LEGS = "shipment.leg.v1"
RUNNERS = (
    "raw", "batch agent", "documented agent", "quix", "bytewax", "emissions", "sink", "full path",
    "one worker", "two workers",
)  # fmt: skip
DOCUMENTED_SHARE = 20
OF_PEERS = {"quix": "quix", "bytewax": "bytewax_flow"}
PLAIN_JOBS = {
    "raw": "raw", "batch agent": "batch_agent", "documented agent": "documented_agent", **OF_PEERS,
}  # fmt: skip


@dataclass(slots=True)
class Bench:
    """One run: what it is asked, where the broker answers, and what was taken until now."""

    bootstrap: str
    events: int
    legs: int
    only: Sequence[str]
    profile: bool
    taken: defaultdict[str, list[Taken]]
    absent: dict[str, str]
    profiles: dict[str, list[tuple[str, float]]]

    def wants(self, name: str) -> bool:
        """Return whether a runner is asked for and possible."""
        return name in self.only and name not in self.absent

    def task(self, name: str, number: int, **more: object) -> Task:
        """Return the task of a runner in a round."""
        label = f"{name.replace(' ', '-')}-{number}"
        told: dict[str, object] = {
            "bootstrap": self.bootstrap,
            "source": PLAIN,
            "target": f"answers-{label}",
            "group": f"bench-{label}",
            "events": self.events,
            "result": result_path(label),
            "cores": tuple(feed.cores()[0]),
            "profile": self.profile,
        }
        return Task(**{**told, **more})  # type: ignore[arg-type]

    def keep(self, name: str, run: Callable[[], Taken], task: Task) -> None:
        """Run a runner and keep what it took, or why it could not."""
        try:
            took = run()
        except RunnerFailed as failed:
            self.absent[name] = str(failed)
            return
        self.taken[name].append(took)
        _say(f"  {name:20} {took.events / took.wall_s:10,.0f}/s wall "
             f"{took.events / max(took.cpu_s, 0.001):10,.0f}/s CPU")  # fmt: skip
        dump = Path(task.result).with_suffix(".prof")
        if self.profile and dump.exists():
            self.profiles[name] = profiling.by_module(dump)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def plain_round(bench: Bench, number: int) -> None:
    """Run the same small job in every runner, in another order each round."""
    names = list(PLAIN_JOBS)
    turn = number % len(names)
    for name in names[turn:] + names[:turn]:
        if not bench.wants(name):
            continue
        count = bench.events // (DOCUMENTED_SHARE if name == "documented agent" else 1)
        task = bench.task(name, number, events=count)
        python = peers.FOLDER / "bin" / "python" if name in OF_PEERS else None
        feed.create(bench.bootstrap, [task.target])
        job = PLAIN_JOBS[name]
        bench.keep(name, partial(ran, job, task, python=python), task)
        feed.delete(bench.bootstrap, [task.target])


def product_round(bench: Bench, number: int) -> None:
    """Run the product's agents on realistic legs: the sink reads what the agent told."""
    prefixes = [f"r{number}.", f"f{number}.", f"o{number}.", f"t{number}."]
    topics = [topic for prefix in prefixes for topic in feed.round_topics(prefix)]
    feed.create(bench.bootstrap, topics)
    steps = {
        "emissions": ("emissions", prefixes[0], LEGS),
        "sink": ("sink", prefixes[0], prefixes[0] + EMISSIONS.name),
        "full path": ("full_path", prefixes[1], LEGS),
    }
    for name, (job, prefix, source) in steps.items():
        needed = bench.wants(name) or (name == "emissions" and bench.wants("sink"))
        if not needed:
            continue
        folder = str(feed.VAR / f"warehouse-{job}-{number}") if job != "emissions" else ""
        task = bench.task(name, number, source=source, target=prefix, events=bench.legs, dir=folder)
        bench.keep(name, partial(ran, job, task), task)
    _workers(bench, number, prefixes[2:])
    feed.delete(bench.bootstrap, topics)


def _workers(bench: Bench, number: int, prefixes: Sequence[str]) -> None:
    """Run the emission agent as one worker and as two, on any core: the broker shares them."""
    if not (bench.wants("one worker") and bench.wants("two workers")):
        return
    every = tuple(sorted(feed.cores()[0] | feed.cores()[1]))
    for name, prefix, count in zip(("one worker", "two workers"), prefixes, (1, 2), strict=True):
        task = bench.task(
            name, number, source=LEGS, target=prefix, events=bench.legs, cores=every, profile=False
        )
        tasks = [numbered(task, worker) for worker in range(count)]
        bench.keep(name, partial(_run_together, tasks), task)


def _run_together(tasks: Sequence[Task]) -> Taken:
    return table.together(ran_together("emissions", tasks))


def run(bench: Bench, rounds: int) -> None:
    """Fill the topics and go round after round."""
    plain = any(bench.wants(name) for name in PLAIN_JOBS)
    product = any(bench.wants(name) for name in RUNNERS if name not in PLAIN_JOBS)
    if plain:
        feed.create(bench.bootstrap, [PLAIN])
        feed.fill(bench.bootstrap, PLAIN, events(bench.events))
    if product:
        feed.create(bench.bootstrap, [LEGS])
        feed.fill(bench.bootstrap, LEGS, feed.legs(bench.legs))
    for number in range(rounds):
        _say(f"round {number + 1} of {rounds}")
        if plain:
            plain_round(bench, number)
        if product:
            product_round(bench, number)


def report(bench: Bench, asked: argparse.Namespace) -> dict[str, object]:
    """Return the run as one document."""
    rates = {name: table.rate_of(took) for name, took in bench.taken.items()}
    return {
        "machine": {**machine(), **peers.versions()},
        "events": bench.events,
        "legs": bench.legs,
        "rounds": asked.rounds,
        "runners": {name: asdict(rate) for name, rate in rates.items()},
        "absent": bench.absent,
        "targets": table.verdicts(rates),
        "each_round": {
            name: [
                {"wall": round(one.events / one.wall_s), "cpu": round(one.events / one.cpu_s)}
                for one in took
            ]
            for name, took in bench.taken.items()
        },
        "profiles": bench.profiles,
    }


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, and print the table or the document."""
    asked = _parser().parse_args(argv)
    only = asked.only or list(RUNNERS)
    absent: dict[str, str] = {}
    if set(only) & set(OF_PEERS):
        _, why = peers.python_of_peers()
        absent = dict.fromkeys(OF_PEERS, why) if why else {}
    with feed.kafka() as broker:
        bench = Bench(
            broker.bootstrap, asked.events, asked.legs, only, asked.profile, defaultdict(list),
            absent, {},
        )  # fmt: skip
        run(bench, asked.rounds)
    told = report(bench, asked)
    if asked.json:
        print(json.dumps(told, indent=1))
        return 0
    rates = {name: table.rate_of(took) for name, took in bench.taken.items()}
    print("\n".join(table.lines(rates, bench.absent)))
    for name, modules in bench.profiles.items():
        print(f"\n{name}: own CPU seconds by module (profiled, so slower than above)")
        for module, own_s in modules:
            print(f"  {own_s:8.2f}  {module}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benches.streams", description=__doc__)
    parser.add_argument("--events", type=int, default=400_000, help="plain events (400,000)")
    parser.add_argument("--legs", type=int, default=200_000, help="realistic legs (200,000)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=RUNNERS, help="of these runners")
    parser.add_argument("--profile", action="store_true", help="CPU time by module; slower")
    parser.add_argument("--json", action="store_true", help="one JSON document")
    return parser


if __name__ == "__main__":
    sys.exit(main())
