"""What a running stack does for its command line, on the warehouse it owns."""

import base64
import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import duckdb

from loopline.restatements import Restatements
from recycling.feed_read import read_feed
from runtime.broker import Publisher
from runtime.settings import WarehouseSettings
from schemas.refusal import Reason, Refused
from warehouse import dead_letters, feeds, imports, snapshot
from warehouse.dead_letters import Letter
from warehouse.feeds import BroughtFeed
from warehouse.imports import ImportedFile, ImportedLine
from warehouse.owner import Warehouse
from warehouse.totals import stored_totals
from web.operate import FeedSent, FileBegun, LinesJudged, Operations

ANSWER_WITHIN_S = 120.0
FLUSH_WITHIN_S = 10.0


def operations(
    warehouse: Warehouse,
    publisher: Publisher,
    settings: WarehouseSettings,
    *,
    cluster_key: str,
    restatements: Restatements,
) -> Operations:
    """Return the operations of the stack that owns ``warehouse``."""
    work = _Work(warehouse, publisher, settings, cluster_key)
    return Operations(
        progress=work.progress,
        stored=work.stored,
        known_report=work.known_report,
        begin_import=work.begin_import,
        add_lines=work.add_lines,
        waiting=work.waiting,
        finish_import=work.finish_import,
        take_feed=work.take_feed,
        publish_snapshot=work.publish_snapshot,
        letters=work.letters,
        letter=work.letter,
        replay=lambda letter_id: work.resolve(letter_id, "replayed"),
        discard=lambda letter_id: work.resolve(letter_id, "discarded"),
        begin_restatement=restatements.begin,
        restatement=restatements.told,
    )


class _Work:
    def __init__(
        self,
        warehouse: Warehouse,
        publisher: Publisher,
        settings: WarehouseSettings,
        cluster_key: str,
    ) -> None:
        self._warehouse = warehouse
        self._publisher = publisher
        self._settings = settings
        self._cluster_key = cluster_key

    def progress(self) -> Mapping[str, Any]:
        rows = self._warehouse.query(
            "select topic, sum(next_offset)::bigint from sink_offset where cluster_id = ? "
            "group by topic",
            [self._cluster_key],
        )
        counted = self._warehouse.query(
            "select coalesce(sum(rows), 0)::bigint, coalesce(sum(duplicates), 0)::bigint, "
            "coalesce(sum(dead), 0)::bigint, coalesce(sum(late), 0)::bigint from sink_stat"
        )[0]
        totals = dict(zip(("rows", "duplicates", "dead", "late"), counted, strict=True))
        return {"offsets": dict(rows), "queued_rows": self._warehouse.queued_rows, **totals}

    def stored(self) -> Mapping[str, Any]:
        return stored_totals(self._warehouse.query)

    def known_report(self, file_id: str) -> Mapping[str, Any] | None:
        return imports.report_of(self._warehouse.cursor(), file_id)

    def begin_import(self, file: FileBegun) -> None:
        record = ImportedFile(**file.model_dump())
        now = datetime.now(UTC)
        self._warehouse.run(lambda db: imports.begin(db, record, now=now)).result(ANSWER_WITHIN_S)

    def add_lines(self, file_id: str, judged: LinesJudged) -> None:
        lines = [ImportedLine(**line.model_dump()) for line in judged.lines]
        self._warehouse.run(lambda db: imports.add_lines(db, file_id, lines)).result(
            ANSWER_WITHIN_S
        )

    def waiting(self, file_id: str) -> int:
        return imports.waiting(self._warehouse.cursor(), file_id)

    def finish_import(self, file_id: str, report: Mapping[str, Any]) -> Mapping[str, Any]:
        return self._warehouse.run(lambda db: imports.finish(db, file_id, report)).result(
            ANSWER_WITHIN_S
        )

    def take_feed(self, sent: FeedSent) -> Mapping[str, Any]:
        brought = _brought(sent)
        accept_gone, now = sent.accept_gone, datetime.now(UTC)
        if sent.check_only:
            return feeds.check_feed(self._warehouse.cursor(), brought, accept_gone=accept_gone)
        return self._warehouse.run(
            lambda db: feeds.import_feed(db, brought, accept_gone=accept_gone, now=now)
        ).result(ANSWER_WITHIN_S)

    def publish_snapshot(self) -> str:
        def publish(db: duckdb.DuckDBPyConnection) -> str:
            return snapshot.publish(db, self._settings, datetime.now(UTC)).name

        return self._warehouse.run(publish).result(ANSWER_WITHIN_S)

    def letters(self, reason: str | None, state: str | None, limit: int) -> list[Mapping[str, Any]]:
        found = dead_letters.letters(
            self._warehouse.cursor(), reason=reason, state=state, limit=limit
        )
        return [_shown(letter, whole=False) for letter in found]

    def letter(self, letter_id: str) -> Mapping[str, Any] | None:
        found = dead_letters.letter(self._warehouse.cursor(), letter_id)
        return None if found is None else _shown(found, whole=True)

    def resolve(self, letter_id: str, state: str) -> bool:
        found = dead_letters.letter(self._warehouse.cursor(), letter_id)
        if found is None or found.state != "open":
            return False
        if state == "replayed":
            self._publisher.send(found.topic, key=found.key or b"", value=found.raw)
            self._publisher.flush(FLUSH_WITHIN_S)
        now = datetime.now(UTC)
        self._warehouse.run(
            lambda db: dead_letters.resolve(db, letter_id, state=state, now=now)
        ).result(ANSWER_WITHIN_S)
        return True


def _brought(sent: FeedSent) -> BroughtFeed:
    try:
        data = base64.b64decode(sent.data_base64, validate=True)
    except binascii.Error as error:
        raise Refused(Reason.SCHEMA, f"data_base64 is no base64: {error}") from None
    file_id = hashlib.sha256(data).hexdigest()
    return BroughtFeed(sent.partner_id, file_id, sent.name, read_feed(data))


def _shown(letter: Letter, *, whole: bool) -> Mapping[str, Any]:
    told = asdict(letter)
    raw: bytes = told.pop("raw")
    told.pop("key")
    told["recorded_at"] = letter.recorded_at.isoformat()
    if whole:
        told["raw_text"] = raw.decode("utf-8", "backslashreplace")
        told["raw_base64"] = base64.b64encode(raw).decode()
    return told
