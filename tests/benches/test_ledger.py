"""The ledger's bench measures what it says: durable commands, and only the group differs."""

from pathlib import Path

from benches.ledger import (
    COMMIT_EACH,
    GROUP_COMMIT,
    ORDERS,
    fsyncs_per_s,
    measured,
    opened,
    request,
)
from ledger.contract import MAX_GROUP


def test_both_ways_do_the_same_commands(tmp_path: Path) -> None:
    found = measured(tmp_path, commands=60, each=30, rounds=2)

    assert {name: len(rates) for name, rates in found.items()} == {GROUP_COMMIT: 2, COMMIT_EACH: 2}
    assert all(rate > 0 for rates in found.values() for rate in rates)


def test_only_the_size_of_a_group_differs(tmp_path: Path) -> None:
    for name, max_group in (("many", MAX_GROUP), ("one", 1)):
        ledger = opened(tmp_path / name, max_group=max_group)
        before = ledger.health()
        for one in [ledger.submit(request(number)) for number in range(400)]:
            assert one.result(20).status == 200
        after = ledger.health()
        ledger.close()

        assert after.committed - before.committed == 400
        assert (after.commits - before.commits == 400) == (max_group == 1)
    assert before.committed == ORDERS


def test_flushes_are_counted(tmp_path: Path) -> None:
    assert fsyncs_per_s(tmp_path, for_s=0.05) > 0
