import os

from benches import feed


def test_the_runner_has_a_core_that_the_broker_has_not() -> None:
    runner, broker = feed.cores()

    assert len(runner) == 1
    assert len(feed.ALLOWED) == 1 or not runner & broker


def test_the_cores_stay_the_same_while_this_process_sits_on_the_brokers() -> None:
    before, told = os.sched_getaffinity(0), feed.cores()
    try:
        os.sched_setaffinity(0, told[1])
        assert feed.cores() == told
    finally:
        os.sched_setaffinity(0, before)
