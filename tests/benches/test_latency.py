from random import Random

import msgspec

from benches.latency import latencies_of, marker
from benches.page import Seen
from schemas.wire import WireLeg
from streams.codecs import decode


def test_the_nth_marker_is_seen_when_the_tile_counts_n_or_more() -> None:
    told = [Seen(at_s=1.0, number=1), Seen(at_s=2.5, number=3)]

    assert latencies_of([0.5, 1.0, 2.0], told) == [0.5, 1.5, 0.5]


def test_a_marker_that_was_never_counted_is_no_latency() -> None:
    assert latencies_of([0.5, 1.0], [Seen(at_s=1.0, number=1)]) == [0.5, None]


def test_a_marker_is_a_leg_that_the_contract_accepts() -> None:
    leg = decode(WireLeg, marker(7, Random(1)))

    assert leg.shipment_id == "M000007"
    assert msgspec.to_builtins(leg.mode) == "road"
