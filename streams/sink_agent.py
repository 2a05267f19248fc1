"""Hands decoded batches to the warehouse; a batch is acknowledged when it is committed."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

import msgspec

from emissions.factor import FactorBook
from schemas.consignment import TakebackConsignmentChanged
from schemas.demand import TakebackDemanded
from schemas.event import MAX_OFFSET, MAX_PARTITION
from schemas.finding import IntegrityFound
from schemas.hub import HubEmitted
from schemas.open_reading import read_event
from schemas.refrigerant import RefrigerantEmitted
from schemas.refusal import Reason
from schemas.topics import (
    DEAD_LETTER_SUFFIX,
    EMISSIONS,
    FINDINGS,
    FORKLIFT_ENERGY,
    FORKLIFT_READINGS,
    HUB_EMISSIONS,
    HUB_PERIODS,
    LEGS,
    ORDERS,
    REFRIGERANT_EMISSIONS,
    REFRIGERANTS,
    TAKEBACK_BATCHES,
    TAKEBACK_CONSIGNMENTS,
    TAKEBACK_DEMANDS,
    TAKEBACK_LOTS,
    TAKEBACK_ORDERS,
    TAKEBACK_UNITS,
)
from schemas.treatment import TakebackBatchChanged, TakebackLotChanged
from schemas.wall import refuse_future
from schemas.wire import (
    WireEmission,
    WireEvent,
    WireOrderRoute,
    WireReading,
    WireTakebackOrder,
    WireTakebackUnit,
)
from streams.batch_consumer import RecordBatch
from streams.batch_reader import BatchReader
from streams.codecs import decode, encode
from streams.forklift import METHOD_VERSION, Interval, interval_between
from streams.sort_out import DeadLetter, sort_out
from streams.together import Together, Waiting
from warehouse.answered import StoredAnswer, StoredHub, StoredRefrigerant
from warehouse.owner import Warehouse
from warehouse.records import (
    DeadRecord,
    ForkliftInterval,
    ForkliftState,
    OutboxMessage,
    Record,
    SinkBatch,
)
from warehouse.told import (
    StoredBatch,
    StoredConsignment,
    StoredDemand,
    StoredFact,
    StoredFinding,
    StoredLot,
)

GROUP_RECORDS = 2_000
STORED_HERE = "loopline_sink"  # marks a dead letter that this process published itself
KIND_OF: Mapping[str, type[WireEvent]] = {
    EMISSIONS.name: WireEmission,
    ORDERS.name: WireOrderRoute,
    FORKLIFT_READINGS.name: WireReading,
    TAKEBACK_ORDERS.name: WireTakebackOrder,
    TAKEBACK_UNITS.name: WireTakebackUnit,
}
#: Topics whose events come by the hour: the contract that reads them, and how the sink takes them.
_Stored = type[StoredAnswer[Any]] | type[StoredFact[Any]]
QUIET: Mapping[str, tuple[type[Any], _Stored]] = {
    HUB_EMISSIONS.name: (HubEmitted, StoredHub),
    REFRIGERANT_EMISSIONS.name: (RefrigerantEmitted, StoredRefrigerant),
    TAKEBACK_DEMANDS.name: (TakebackDemanded, StoredDemand),
    TAKEBACK_CONSIGNMENTS.name: (TakebackConsignmentChanged, StoredConsignment),
    TAKEBACK_BATCHES.name: (TakebackBatchChanged, StoredBatch),
    TAKEBACK_LOTS.name: (TakebackLotChanged, StoredLot),
    FINDINGS.name: (IntegrityFound, StoredFinding),
}
SUNK = (*KIND_OF, *QUIET, *(t.dead_letters for t in (LEGS, HUB_PERIODS, REFRIGERANTS)))


# What a batch's partition and first offset say which records and dead letters are its own.
_Emissions = dict[tuple[int, int], tuple[list[Record], list[DeadLetter]]]


@dataclass(slots=True)
class _Forklifts:
    """What a batch of readings comes to."""

    intervals: dict[int, ForkliftInterval] = field(default_factory=dict)
    states: dict[str, ForkliftState] = field(default_factory=dict)
    outbox: list[OutboxMessage] = field(default_factory=list)


class SinkAgent:
    """Stores every event of its topics once, or parks it where a person will see it."""

    def __init__(
        self,
        warehouse: Warehouse,
        *,
        prefix: str,
        book: FactorBook,
        now: Callable[[], datetime],
    ) -> None:
        """Keep what the agent may use."""
        self._warehouse = warehouse
        self._prefix = prefix
        self._book = book
        self._now = now
        self._reader = BatchReader(WireEmission)
        self._together = Together(self._hand_over, group_records=GROUP_RECORDS)
        self._last: dict[str, WireReading | None] = {}

    async def __call__(self, batch: RecordBatch) -> "asyncio.Future[None]":
        """Queue ``batch``; the future is done when its rows and offset are committed."""
        return await self._together.take(batch)

    async def _hand_over(self, group: Sequence[Waiting]) -> None:
        parcels = self.parcels([batch for batch, _ in group])
        for parcel, (_, done) in zip(parcels, group, strict=True):
            stored = self._warehouse.offer(parcel)
            if stored is None:  # full: wait for room without holding up the loop
                stored = await asyncio.to_thread(self._warehouse.put, parcel)
            asyncio.wrap_future(stored).add_done_callback(partial(_tell, done))

    def parcels(self, batches: Sequence[RecordBatch]) -> list[SinkBatch]:
        """Return ``batches`` decoded and sorted, with the energy between forklift readings."""
        now = self._now()
        emissions = self._emissions([b for b in batches if self._topic(b) == EMISSIONS.name], now)
        return [self._parcel(batch, now, emissions) for batch in batches]

    def _topic(self, batch: RecordBatch) -> str:
        return batch.topic.removeprefix(self._prefix)

    def _parcel(self, batch: RecordBatch, now: datetime, emissions: _Emissions) -> SinkBatch:
        topic, forklifts = self._topic(batch), _Forklifts()
        if topic.endswith(DEAD_LETTER_SUFFIX):
            return self._letters(batch, topic)
        if topic == EMISSIONS.name:
            records, dead = emissions[batch.partition, batch.records[0].offset]
        elif topic in QUIET:
            records, dead = _read_quiet(batch, *QUIET[topic], now)
        else:
            records, dead = self._judged(batch, KIND_OF[topic], now, forklifts)
        return SinkBatch(
            topic=topic,
            partition=batch.partition,
            first_offset=batch.records[0].offset,
            next_offset=batch.next_offset,
            recorded_at=now,
            records=records,
            dead=[_dead(topic, batch.partition, letter) for letter in dead],
            intervals=forklifts.intervals,
            readings=forklifts.states,
            outbox=forklifts.outbox,
        )

    def _emissions(self, batches: Sequence[RecordBatch], now: datetime) -> _Emissions:
        """Return the twins of all emissions of ``batches``, read at once: most events are these."""
        found: _Emissions = {(b.partition, b.records[0].offset): ([], []) for b in batches}
        of = {
            id(record): found[batch.partition, batch.records[0].offset]
            for batch in batches
            for record in batch.records
        }
        read = self._reader.read([record for batch in batches for record in batch.records], now)
        for record, event in zip(read.records, read.events, strict=True):
            of[id(record)][0].append(Record(record.offset, event, record.key, record.value))
        for letter in read.dead:
            of[id(letter.record)][1].append(letter)
        return found

    def _judged(
        self, batch: RecordBatch, kind: type[WireEvent], now: datetime, forklifts: _Forklifts
    ) -> tuple[list[Record], list[DeadLetter]]:
        def answer(record: Any) -> Record:
            event = decode(kind, record.value or b"")
            refuse_future(datetime.fromisoformat(event.occurred_at), now)
            if isinstance(event, WireReading):
                self._measure(event, record.offset, forklifts)
            return Record(record.offset, event, record.key, record.value)

        done = sort_out(batch.records, answer)
        return done.answers, done.dead

    def _letters(self, batch: RecordBatch, topic: str) -> SinkBatch:
        """Return the dead letters of another process, to be kept beside our own."""
        dead = [
            letter
            for record in batch.records
            if (letter := _foreign_letter(topic, batch.partition, record)) is not None
        ]
        return SinkBatch(
            topic=topic,
            partition=batch.partition,
            first_offset=batch.records[0].offset,
            next_offset=batch.next_offset,
            recorded_at=self._now(),
            dead=dead,
        )

    # -- forklifts -----------------------------------------------------------------------------

    def _measure(self, reading: WireReading, offset: int, into: _Forklifts) -> None:
        before = self._last_of(reading.forklift_id)
        if before is not None and before.event_id != reading.event_id:
            interval = interval_between(before, reading, book=self._book)
            if interval is not None:
                into.intervals[offset] = _stored(reading, interval)
                if not interval.is_late:
                    into.outbox.append(_told(reading, interval))
        if before is None or _is_newer(reading, before):
            self._last[reading.forklift_id] = reading
            into.states[reading.forklift_id] = ForkliftState(
                reading.event_id, reading.occurred_at, encode(reading)
            )

    def _last_of(self, forklift_id: str) -> WireReading | None:
        if forklift_id not in self._last:
            rows = self._warehouse.query(
                "select reading from forklift_state where forklift_id = ?", [forklift_id]
            )
            self._last[forklift_id] = decode(WireReading, rows[0][0].encode()) if rows else None
        return self._last[forklift_id]


def _read_quiet(
    batch: RecordBatch, contract: type[Any], stored: _Stored, now: datetime
) -> tuple[list[Record], list[DeadLetter]]:
    def answer(record: Any) -> Record:
        event = read_event(contract, record.value or b"")
        refuse_future(event.occurred_at, now)
        return Record(record.offset, stored.of(event), record.key, record.value)

    done = sort_out(batch.records, answer)
    return done.answers, done.dead


def _tell(done: "asyncio.Future[None]", stored: "asyncio.Future[Any]") -> None:
    error = stored.exception()
    if error is None:
        done.set_result(None)
    else:
        done.set_exception(error)


def _is_newer(reading: WireReading, before: WireReading) -> bool:
    return datetime.fromisoformat(reading.occurred_at) > datetime.fromisoformat(before.occurred_at)


def _stored(reading: WireReading, interval: Interval) -> ForkliftInterval:
    answer = interval.answer
    return ForkliftInterval(
        source_event_id=reading.event_id,
        event_id=interval.event_id,
        forklift_id=reading.forklift_id,
        site_id=reading.site_id,
        energy=reading.energy.value,
        started_at=interval.started_at,
        occurred_at=reading.occurred_at,
        energy_kwh=interval.energy_kwh,
        fuel_l=interval.fuel_l,
        running_s=interval.running_s,
        basis=answer.basis,
        wtt_kgco2e=answer.wtt_kgco2e,
        ttw_kgco2e=answer.ttw_kgco2e,
        wtw_kgco2e=answer.wtw_kgco2e,
        factor_id=f"{answer.factor.set_id}/{answer.factor.factor_id}",
        factor_set_sha256=answer.factor.set_sha256,
        method_version=METHOD_VERSION,
        data_class=answer.data_class,
        sessions=0 if interval.is_late else 1,
    )


def _told(reading: WireReading, interval: Interval) -> OutboxMessage:
    """Return ``forklift.energy.v1`` for others, in the shape of ``ForkliftEnergyUsed``."""
    answer = interval.answer
    event = {
        "event_id": interval.event_id,
        "occurred_at": reading.occurred_at,
        "source_event_id": reading.event_id,
        "forklift_id": reading.forklift_id,
        "site_id": reading.site_id,
        "energy": reading.energy,
        "started_at": interval.started_at,
        "energy_kwh": interval.energy_kwh,
        "fuel_l": interval.fuel_l,
        "running_s": interval.running_s,
        "emission_wtt_kgco2e": answer.wtt_kgco2e,
        "emission_ttw_kgco2e": answer.ttw_kgco2e,
        "emission_wtw_kgco2e": answer.wtw_kgco2e,
        "factor_id": answer.factor.factor_id,
        "factor_set": answer.factor.set_id,
        "basis": answer.basis,
        "data_class": answer.data_class,
        "method_version": METHOD_VERSION,
    }
    value = encode({name: inner for name, inner in event.items() if inner is not None})
    return OutboxMessage(FORKLIFT_ENERGY.name, reading.forklift_id.encode(), value)


def _dead(topic: str, partition: int, letter: DeadLetter) -> DeadRecord:
    record = letter.record
    return DeadRecord(
        topic=topic,
        partition=partition,
        offset=record.offset,
        reason=letter.reason,
        detail=letter.detail,
        key=record.key,
        raw=record.value or b"",
        headers=_headers(record.headers),
        event_id=_event_id(record.value),
        came_at=record.offset,
    )


def _headers(headers: Sequence[tuple[str, bytes | None]] | None) -> dict[str, str]:
    return {name: (value or b"").decode("utf-8", "replace") for name, value in headers or ()}


class _OnlyId(msgspec.Struct):
    event_id: str | None = None


def _event_id(raw: bytes | None) -> str | None:
    """Return the event id that unanswerable bytes may still tell."""
    try:
        return msgspec.json.decode(raw or b"", type=_OnlyId).event_id
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def _foreign_letter(topic: str, partition: int, record: Any) -> DeadRecord | None:
    told = _headers(record.headers)
    if told.get("stored_by") == STORED_HERE:
        return None
    source_partition, source_offset = _place(told) or (partition, record.offset)
    return DeadRecord(
        topic=told.get("source_topic", topic.removesuffix(DEAD_LETTER_SUFFIX)),
        partition=source_partition,
        offset=source_offset,
        reason=_reason(told.get("reason", "")),
        detail=told.get("detail", "no detail was given"),
        key=record.key,
        raw=record.value or b"",
        headers=told,
        event_id=_event_id(record.value),
        published=True,
        came_at=record.offset,
    )


def _place(told: Mapping[str, str]) -> tuple[int, int] | None:
    """Return the partition and offset that a letter names, None where Kafka has no such place."""
    try:
        place = int(told.get("source_partition", "")), int(told.get("source_offset", ""))
    except ValueError:
        return None
    return place if 0 <= place[0] <= MAX_PARTITION and 0 <= place[1] <= MAX_OFFSET else None


def _reason(text: str) -> Reason:
    try:
        return Reason(text)
    except ValueError:
        return Reason.BUG


def stored_offsets(warehouse: Warehouse, prefix: str) -> Callable[[set[tuple[str, int]]], Any]:
    """Return the question where reading goes on, in the names that the broker knows."""

    async def ask(places: set[tuple[str, int]]) -> Mapping[tuple[str, int], int]:
        own = {(topic.removeprefix(prefix), partition) for topic, partition in places}
        found: Mapping[tuple[str, int], int] = await asyncio.wrap_future(
            warehouse.next_offsets(own)
        )
        return {(prefix + topic, partition): at for (topic, partition), at in found.items()}

    return ask
