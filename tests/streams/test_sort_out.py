"""A batch comes to answers and dead letters, together as many as its records."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.refusal import MAX_SHOWN_CHARACTERS, Reason, Refused
from streams.sort_out import sort_out

FAULTS: dict[str, Callable[[], Exception]] = {
    "refused": lambda: Refused(Reason.UNIT_BOUND, "mass_kg: must be above 0, got -1"),
    "value": lambda: ValueError("boom"),
    "recursion": lambda: RecursionError("too deep"),
    "memory": lambda: MemoryError(),
    "key": lambda: KeyError("nothing"),
}


def answer(record: str) -> str:
    if record in FAULTS:
        raise FAULTS[record]()
    return record.upper()


@given(records=st.lists(st.sampled_from(["good", *FAULTS])))
def test_answers_and_dead_letters_are_as_many_as_the_records(records: list[str]) -> None:
    done = sort_out(records, answer)

    assert len(done.answers) + len(done.dead) == len(records)
    assert done.answers == ["GOOD"] * records.count("good")
    assert [letter.record for letter in done.dead] == [r for r in records if r != "good"]


@pytest.mark.parametrize("fault", [name for name in FAULTS if name != "refused"])
def test_a_bug_is_a_dead_letter_that_leaves_the_others_alone(fault: str) -> None:
    done = sort_out(["good", fault, "good"], answer)

    assert done.answers == ["GOOD", "GOOD"]
    assert [letter.reason for letter in done.dead] == [Reason.BUG]


def test_a_refusal_keeps_its_reason_and_sentence() -> None:
    (letter,) = sort_out(["refused"], answer).dead

    assert letter.reason is Reason.UNIT_BOUND
    assert letter.detail == "mass_kg: must be above 0, got -1"


def test_a_sentence_of_a_megabyte_stays_readable() -> None:
    def refuse(record: str) -> str:
        raise Refused(Reason.SCHEMA, record * 2**20)

    (letter,) = sort_out(["x"], refuse).dead

    assert len(letter.detail) < MAX_SHOWN_CHARACTERS + 40
    assert letter.detail.endswith("(1048576 characters)")


def test_a_process_that_is_told_to_end_ends() -> None:
    def interrupted(_record: str) -> str:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sort_out(["x"], interrupted)
