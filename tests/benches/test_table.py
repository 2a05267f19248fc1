import pytest

from benches.measure import Taken
from benches.table import lines, rate_of, together, verdicts


def took(*, events: int, wall_s: float, cpu_s: float) -> Taken:
    return Taken(
        events=events, wall_s=wall_s, cpu_s=cpu_s, began_s=0.0, ended_s=wall_s, peak_mib=64
    )


def worker(*progress: tuple[float, int]) -> Taken:
    events = sum(count for _, count in progress)
    taken = took(events=events, wall_s=progress[-1][0] - progress[0][0], cpu_s=1.0)
    taken.progress = list(progress)
    return taken


def test_a_rate_is_the_median_of_the_rounds() -> None:
    rounds = [took(events=100, wall_s=wall_s, cpu_s=wall_s / 2) for wall_s in (1.0, 2.0, 50.0)]

    rate = rate_of(rounds)

    assert (rate.per_wall_s, rate.per_cpu_s, rate.rounds) == (50.0, 100.0, 3)


def test_a_ratio_is_judged_against_the_runner_it_names() -> None:
    rates = {
        "raw": rate_of([took(events=1_000, wall_s=1, cpu_s=1)]),
        "batch agent": rate_of([took(events=1_000, wall_s=1, cpu_s=4)]),
    }

    (verdict,) = verdicts(rates)

    assert verdict["measured"] == pytest.approx(0.25)
    assert verdict["reached"] is False


def test_a_runner_that_could_not_run_is_told_and_not_judged() -> None:
    rates = {"batch agent": rate_of([took(events=1_000, wall_s=1, cpu_s=1)])}

    told = "\n".join(lines(rates, {"quix": "not installed: no network"}))

    assert "not installed: no network" in told
    assert "Quix Streams (wall)" not in told


def test_two_workers_are_measured_while_both_have_work() -> None:
    early = worker((0.0, 10), (1.0, 10), (2.0, 10), (3.0, 10))
    late = worker((1.0, 10), (2.0, 10))

    both = together([early, late])

    assert both.wall_s == 1.0
    assert both.events == 20
