"""How long a round takes: driving, breaks, waiting, service; one rule for all planners.

A break is taken before the leg that would be too long, on the way where a leg is too long by
itself; waiting counts where it is long enough.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from routing.problem import DriverRule, Window


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One place on the way: how far off in seconds of driving, when open, how long the service."""

    driving_s: int
    windows: tuple[Window, ...]
    service_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """When a call is reached, begun and left, and the breaks taken on the way to it."""

    arrival_s: int
    start_s: int
    leave_s: int
    break_s: int


def breaks_of(*, driving_s: int, since_break_s: int, rule: DriverRule | None) -> tuple[int, int]:
    """Return the breaks that a leg needs, in seconds, and the driving since the last of them.

    >>> rule = DriverRule(driver_rule_id="r", driving_max_s=100, break_duration_s=30,
    ...                   source="-", is_verified=True)
    >>> breaks_of(driving_s=60, since_break_s=50, rule=rule)
    (30, 60)
    >>> breaks_of(driving_s=250, since_break_s=0, rule=rule)
    (60, 50)
    """
    if rule is None or since_break_s + driving_s <= rule.driving_max_s:
        return 0, since_break_s + driving_s
    count, rest_s = 1, driving_s
    if since_break_s == 0:
        count = 0
    while rest_s > rule.driving_max_s:
        rest_s -= rule.driving_max_s
        count += 1
    return count * rule.break_duration_s, rest_s


def start_in(windows: Sequence[Window], arrival_s: int) -> int | None:
    """Return when service may begin after an arrival, or None where every window has closed."""
    if not windows:
        return arrival_s
    for window in windows:
        if arrival_s <= window.latest_s:
            return max(arrival_s, window.earliest_s)
    return None


def driven_through(
    calls: Sequence[Call], *, depart_s: int, since_break_s: int, rule: DriverRule | None
) -> list[Timed] | None:
    """Return the times of every call of a round left at ``depart_s``; None where one is missed."""
    timed: list[Timed] = []
    now_s = depart_s
    for call in calls:
        break_s, since_break_s = breaks_of(
            driving_s=call.driving_s, since_break_s=since_break_s, rule=rule
        )
        arrival_s = now_s + call.driving_s + break_s
        start_s = start_in(call.windows, arrival_s)
        if start_s is None:
            return None
        if rule is not None and start_s - arrival_s >= rule.break_duration_s:
            since_break_s = 0
        now_s = start_s + call.service_s
        timed.append(Timed(arrival_s=arrival_s, start_s=start_s, leave_s=now_s, break_s=break_s))
    return timed


def latest_departure_s(
    calls: Sequence[Call], *, depart_s: int, since_break_s: int, rule: DriverRule | None
) -> int:
    """Return the latest departure that ends the round no later than the earliest one does."""
    timed = driven_through(calls, depart_s=depart_s, since_break_s=since_break_s, rule=rule)
    if timed is None:
        return depart_s
    waited_s, slack_s = 0, 10**9
    for call, at in zip(calls, timed, strict=True):
        wait_s = at.start_s - at.arrival_s
        if rule is not None and wait_s >= rule.break_duration_s:
            break  # this wait is a break: it must stay as long as it is
        waited_s += wait_s
        closes_s = [w.latest_s for w in call.windows if at.start_s <= w.latest_s]
        if closes_s:
            slack_s = min(slack_s, waited_s + closes_s[0] - at.start_s)
    return depart_s + min(waited_s, slack_s)
