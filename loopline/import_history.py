"""``loopline import``: a customer's own file through the topics; every line is kept."""

import hashlib
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from collections.abc import Mapping as Told
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from loopline import say
from loopline.arrival import (
    LOOK_EVERY_S,
    STALLED_AFTER_S,
    Stalled,
    await_arrival,
    offsets_of,
)
from loopline.ask import StackAway, StackRefused, ask
from loopline.running import running_or_own, settings_or_refuse
from loopline.stack_file import RunningStack
from runtime.broker import BrokerAway, Publisher
from runtime.settings import Settings
from schemas.event import Event
from schemas.topics import key_of, topic_of
from streams.agents import cloud_event
from streams.history.check import check
from streams.history.errors import FileRefused, MappingError
from streams.history.judge import Judged, judge_file
from streams.history.mapping import Mapping, mapping_named
from streams.history.rejects import rejects_of
from warehouse.snapshot import SnapshotMissing, newest, report_in_snapshot

MAX_FILE_BYTES = 2 * 1024**3
LINES_PER_CALL = 2_000
FLUSH_WITHIN_S = 60.0


def import_history(
    file: Annotated[Path, typer.Argument(help="CSV or TSV, plain or .gz")],
    mapping: Annotated[str, typer.Option(help="a packaged name (scms) or FILE.toml")],
    check_only: Annotated[
        bool, typer.Option("--check", help="judge the file, write nothing")
    ] = False,
    rejects_to: Annotated[
        Path | None, typer.Option("--rejects", help="write the rejected lines here")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="the report as JSON")] = False,
) -> None:
    """Import a file of past shipments: every line becomes numbers, or is kept with its reason."""
    settings = settings_or_refuse()
    data = _bytes_of(file)
    file_id = hashlib.sha256(data).hexdigest()
    known = None if check_only else _known_report(settings, file_id)
    if known is not None:
        _tell_known(file, known, as_json=as_json)
        return
    if check_only:
        _check(file, data, mapping, settings)
        return
    judged = _judged(file, data, mapping, settings)
    with running_or_own(settings, f"the import of {file.name}") as stack:
        report = _import(stack, file, judged)
    if rejects_to is not None:
        rejects_to.write_bytes(rejects_of(judged))
    _tell(report, as_json=as_json)
    if any(target["rejected"] for target in report["targets"].values()):
        raise typer.Exit(say.EXIT_CHECK_FAILED)


def _bytes_of(file: Path) -> bytes:
    try:
        if file.stat().st_size > MAX_FILE_BYTES:
            say.refuse(f"{file} has more than {MAX_FILE_BYTES:,} bytes", say.EXIT_BAD_INPUT)
        return file.read_bytes()
    except OSError as error:
        say.refuse(f"{file} cannot be read: {error.strerror}", say.EXIT_BAD_INPUT)


def _mapping_or_refuse(name: str) -> Mapping:
    try:
        return mapping_named(name)
    except MappingError as error:
        say.refuse(str(error), say.EXIT_BAD_INPUT)


def _judged(file: Path, data: bytes, mapping: str, settings: Settings) -> Judged:
    chosen = _mapping_or_refuse(mapping)
    try:
        return judge_file(data, chosen, timezone=settings.board.zone)
    except (MappingError, FileRefused) as error:
        say.refuse(f"{file}: {error}", say.EXIT_BAD_INPUT)


def _check(file: Path, data: bytes, mapping: str, settings: Settings) -> None:
    chosen = _mapping_or_refuse(mapping)
    try:
        found = check(data, chosen, timezone=settings.board.zone)
    except (MappingError, FileRefused) as error:
        say.refuse(f"{file}: {error}", say.EXIT_BAD_INPUT)
    say.as_json(found.as_dict())


def _known_report(settings: Settings, file_id: str) -> Told[str, Any] | None:
    """Return what an earlier import of the same bytes reported; a snapshot knows it."""
    try:
        return report_in_snapshot(newest(settings.warehouse), file_id)
    except SnapshotMissing:
        return None


def _tell_known(file: Path, report: Told[str, Any], *, as_json: bool) -> None:
    if as_json:
        say.as_json({**report, "already_imported": True, "new": 0})
    else:
        say.line(f"{file.name}: already imported, 0 new")


def _import(stack: RunningStack, file: Path, judged: Judged) -> dict[str, Any]:
    try:
        ask(stack, "/v1/operate/imports", _begun(file, judged))
        before = offsets_of(stack)
        sent = _send(stack, judged)
        progress = say.Progress(f"{file.name}: arrived")
        await_arrival(stack, sent, before, look=progress.at)
        progress.done(sum(sent.values()), sum(sent.values()))
        for lines in _lines(judged):
            ask(stack, f"/v1/operate/imports/{judged.file_id}/lines", {"lines": lines})
        _await_own(stack, judged.file_id)
        told = ask(
            stack,
            f"/v1/operate/imports/{judged.file_id}/finish",
            {"report": judged.report().as_dict()},
        )
        ask(stack, "/v1/operate/snapshots", {})
    except (BrokerAway, StackAway, Stalled) as error:
        say.refuse(str(error), say.EXIT_SURROUNDINGS)
    except StackRefused as error:
        say.refuse(str(error), say.EXIT_BAD_INPUT)
    report: dict[str, Any] = told["report"]
    return {**report, "already_imported": False, "new": sum(sent.values())}


def _await_own(stack: RunningStack, file_id: str) -> None:
    """Wait for each event of the file by its id: on a busy broker others' records count too."""
    deadline = time.monotonic() + STALLED_AFTER_S
    while waiting := ask(stack, f"/v1/operate/imports/{file_id}/waiting")["events"]:
        if time.monotonic() > deadline:
            raise Stalled(f"{waiting} events of the file did not arrive")
        time.sleep(LOOK_EVERY_S)


def _begun(file: Path, judged: Judged) -> dict[str, Any]:
    return {
        "file_id": judged.file_id,
        "source_id": judged.mapping.source.id,
        "name": file.name,
        "mapping_sha256": hashlib.sha256(
            judged.mapping.text.model_dump_json().encode()
        ).hexdigest(),
        "lines": len(judged.file.lines),
    }


def _send(stack: RunningStack, judged: Judged) -> Told[str, int]:
    publisher, counts = Publisher(stack.bootstrap), Counter[str]()
    progress = say.Progress("import: sent")
    for number, event in enumerate(judged.events(), start=1):
        _send_one(publisher, event)
        counts[topic_of(event).name] += 1
        progress.at(number, None)
    publisher.flush(FLUSH_WITHIN_S)
    progress.done(counts.total(), counts.total())
    return counts


def _send_one(publisher: Publisher, event: Event) -> None:
    topic, key = topic_of(event), key_of(event)
    publisher.send(
        topic.name,
        key=key.encode(),
        value=event.model_dump_json(exclude_none=True).encode(),
        headers=cloud_event(
            event_id=str(event.event_id),
            topic=topic.name,
            occurred_at=event.occurred_at.isoformat(),
            subject=key,
        ),
    )


def _lines(judged: Judged) -> Iterator[Sequence[Told[str, Any]]]:
    verdicts = judged.verdicts
    for start in range(0, len(verdicts), LINES_PER_CALL):
        yield [_line(verdict) for verdict in verdicts[start : start + LINES_PER_CALL]]


def _line(verdict: Any) -> Told[str, Any]:
    event = verdict.event
    told = asdict(verdict)
    return {name: told[name] for name in ("line_no", "raw_line", "key", "target", "status")} | {
        "reasons": list(verdict.reasons),
        "flags": list(verdict.flags),
        "event_id": None if event is None else str(event.event_id),
    }


def _tell(report: Told[str, Any], *, as_json: bool) -> None:
    if as_json:
        say.as_json(dict(report))
        return
    say.line(f"{report['lines']:,} lines, {report['new']:,} events sent")
    for name, target in report["targets"].items():
        say.line(f"{name}: {target}")
    say.line(f"calculated: {report['calculated']}")
    say.line(
        "every line with its reason: loopline sql "
        '"select line_no, target, status, reasons from mart.import_line"'
    )
