"""What the owner tells Prometheus: read from the warehouse when somebody scrapes."""

import resource
import shutil
import time
from collections.abc import Callable, Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from runtime.settings import WarehouseSettings
from warehouse.owner import Warehouse

KIB = 1_024


class WarehouseGauges(Collector):
    """Counts per topic, dead letters by reason, the queue, the newest event, the disk."""

    def __init__(
        self, warehouse: Warehouse, settings: WarehouseSettings, now_s: Callable[[], float]
    ) -> None:
        """Keep what is asked; ``now_s`` is the clock in Unix seconds."""
        self._warehouse = warehouse
        self._settings = settings
        self._now_s = now_s

    def collect(self) -> Iterator[Metric]:
        """Yield the figures of this moment."""
        yield self._events()
        yield self._dead_letters()
        yield _gauge(
            "loopline_sink_queued_rows", "rows waiting for a commit", self._warehouse.queued_rows
        )
        age_s = self._watermark_age_s()
        if age_s is not None:  # unknown is absent, not 0
            yield _gauge("loopline_watermark_age_seconds", "age of the newest event", age_s)
        if self._warehouse.committed_at is not None:
            since = time.monotonic() - self._warehouse.committed_at
            yield _gauge("loopline_commit_age_seconds", "since the last commit", since)
        free = shutil.disk_usage(self._settings.dir).free
        yield _gauge("loopline_disk_free_bytes", "room for the warehouse", free)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * KIB
        yield _gauge("loopline_rss_peak_bytes", "most memory this process held", peak)

    def _events(self) -> Metric:
        family = CounterMetricFamily(
            "loopline_events", "records by topic and outcome", labels=["topic", "outcome"]
        )
        rows = self._warehouse.query(
            "select topic, sum(rows)::bigint, sum(duplicates)::bigint, sum(dead)::bigint, "
            "sum(late)::bigint from sink_stat group by topic order by topic",
            [],
        )
        for topic, read, duplicates, dead, late in rows:
            for outcome, count in (
                ("read", read), ("duplicate", duplicates), ("dead", dead), ("late", late),
            ):  # fmt: skip
                family.add_metric([topic, outcome], count)
        return family

    def _dead_letters(self) -> Metric:
        family = GaugeMetricFamily(
            "loopline_dead_letters_open", "open dead letters", labels=["topic", "reason"]
        )
        rows = self._warehouse.query(
            "select topic, reason, count(*) from dead_letter where state = 'open' group by 1, 2",
            [],
        )
        for topic, reason, count in rows:
            family.add_metric([topic, reason], count)
        return family

    def _watermark_age_s(self) -> float | None:
        newest = self._warehouse.query(
            "select epoch(max(occurred_at)) from fact_leg_emission "
            "where occurred_on >= (select max(occurred_on) from fact_leg_emission)",
            [],
        )[0][0]
        return None if newest is None else max(0.0, self._now_s() - float(newest))


def _gauge(name: str, what: str, value: float) -> Metric:
    family = GaugeMetricFamily(name, what)
    family.add_metric([], value)
    return family
