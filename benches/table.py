"""Medians over the rounds, the ratios that the targets name, and the table a person reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from benches.measure import Taken


@dataclass(frozen=True, slots=True)
class Rate:
    """Events per second of one runner: by the wall clock and by its CPU time."""

    per_wall_s: float
    per_cpu_s: float
    rounds: int
    peak_mib: float


@dataclass(frozen=True, slots=True)
class Target:
    """A promise: the least ratio between two runners, or the least rate of one."""

    name: str
    runner: str
    by: str
    least: float
    against: str = ""


TARGETS = (
    Target("batch agent / raw confluent-kafka (CPU)", "batch agent", "per_cpu_s", 0.5, "raw"),
    Target("batch agent / documented Faust agent (wall)", "batch agent", "per_wall_s", 15,
           "documented agent"),
    Target("batch agent / Quix Streams (wall)", "batch agent", "per_wall_s", 1.5, "quix"),
    Target("batch agent / Bytewax (wall)", "batch agent", "per_wall_s", 1.0, "bytewax"),
    Target("full path into DuckDB, one process (events/s wall)", "full path", "per_wall_s",
           35_000),
    Target("two workers / one worker (wall)", "two workers", "per_wall_s", 1.3, "one worker"),
)  # fmt: skip


def rate_of(rounds: Sequence[Taken]) -> Rate:
    """Return the median rates of ``rounds``."""
    return Rate(
        per_wall_s=median(one.events / one.wall_s for one in rounds),
        per_cpu_s=median(one.events / max(one.cpu_s, 0.001) for one in rounds),
        rounds=len(rounds),
        peak_mib=max(one.peak_mib for one in rounds),
    )


def together(workers: Sequence[Taken]) -> Taken:
    """Return what ``workers`` took in the time in which all of them had work."""
    began_s = max(one.progress[0][0] for one in workers)
    ended_s = min(one.progress[-1][0] for one in workers)
    events = sum(count for one in workers for at, count in one.progress if began_s < at <= ended_s)
    share = events / max(1, sum(one.events for one in workers))
    return Taken(
        events=events,
        wall_s=ended_s - began_s,
        cpu_s=sum(one.cpu_s for one in workers) * share,
        began_s=began_s,
        ended_s=ended_s,
        peak_mib=max(one.peak_mib for one in workers),
    )


def verdicts(rates: Mapping[str, Rate]) -> list[dict[str, object]]:
    """Return what became of each target whose runners ran."""
    told: list[dict[str, object]] = []
    for target in TARGETS:
        rate, other = rates.get(target.runner), rates.get(target.against)
        if rate is None or (target.against and other is None):
            continue
        value: float = getattr(rate, target.by)
        if other is not None:
            value /= getattr(other, target.by)
        told.append(
            {
                "target": target.name,
                "least": target.least,
                "measured": round(value, 2),
                "reached": value >= target.least,
            }
        )
    return told


def lines(rates: Mapping[str, Rate], absent: Mapping[str, str]) -> list[str]:
    """Return the table as text."""
    raw = rates.get("raw")
    head = f"{'runner':22}{'events/s wall':>15}{'events/s CPU':>15}{'of raw, CPU':>13}{'MiB':>7}"
    told = [head, "-" * len(head)]
    for name, rate in rates.items():
        share = f"{rate.per_cpu_s / raw.per_cpu_s:.2f}" if raw else ""
        told.append(
            f"{name:22}{rate.per_wall_s:15,.0f}{rate.per_cpu_s:15,.0f}{share:>13}"
            f"{rate.peak_mib:7,.0f}"
        )
    told += [f"{name:22}{why}" for name, why in absent.items()]
    told.append("")
    for verdict in verdicts(rates):
        mark = "reached" if verdict["reached"] else "MISSED"
        told.append(
            f"{mark:8} {verdict['target']}: {verdict['measured']:,} (at least {verdict['least']:,})"
        )
    return told
