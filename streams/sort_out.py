"""A batch sorted into answers and dead letters: together as many as there were records."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from schemas.refusal import Reason, Refused, shown

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A record that was not answered, with its reason and the sentence for a person."""

    record: Any
    reason: Reason
    detail: str


@dataclass(slots=True)
class Sorted(Generic[Answer]):
    """What became of a batch."""

    answers: list[Answer]
    dead: list[DeadLetter]


def sort_out(
    records: Sequence[Any], answer: Callable[..., Answer], *others: Sequence[Any]
) -> Sorted[Answer]:
    """Return the answers and dead letters of ``records``; no exception leaves.

    ``answer`` is asked with a record and with what stands at its place in each of ``others``.
    """
    done: Sorted[Answer] = Sorted([], [])
    for record, *more in zip(records, *others, strict=True):
        try:
            done.answers.append(answer(record, *more))
        except Refused as no:
            done.dead.append(DeadLetter(record, no.reason, shown(no.detail)))
        except Exception as bug:  # noqa: BLE001 - edge 1 of 2: no exception leaves an agent
            done.dead.append(DeadLetter(record, Reason.BUG, shown(repr(bug))))
    return done
