"""``loopline import takeback-feed``: a partner's whole snapshot, compared with the one before."""

import base64
import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from loopline import say
from loopline.ask import StackAway, StackRefused, ask
from loopline.running import running_or_own, settings_or_refuse
from loopline.stack_file import RunningStack
from recycling.feed_compare import MAX_GONE_SHARE, MAX_RE_USED_SHARE, FeedState
from recycling.feed_read import MAX_FEED_BYTES, read_feed
from runtime.settings import Settings
from schemas.refusal import Refused
from warehouse.snapshot import SnapshotMissing, feed_report_in_snapshot, newest
from web.operate import PARTNER_PATTERN


def import_feed(
    file: Annotated[Path, typer.Argument(help="the partner's CSV, whole")],
    partner: Annotated[str, typer.Option(help="id of the partner whose records these are")],
    accept_gone: Annotated[
        bool, typer.Option("--accept-gone", help="records that vanished are meant to")
    ] = False,
    check_only: Annotated[
        bool, typer.Option("--check", help="compare the file, write nothing of it")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="the report as JSON")] = False,
) -> None:
    """Import a take-back partner's snapshot: every record is new, same, corrected or gone."""
    settings = settings_or_refuse()
    if re.fullmatch(PARTNER_PATTERN, partner) is None:
        say.refuse(f"--partner {partner!r} is no id like fixit-clinic", say.EXIT_BAD_INPUT)
    data = _readable(file)
    report = _known(settings, partner, data)
    if report is None:
        body = _body(file, partner, data, accept_gone=accept_gone, check_only=check_only)
        what = "check" if check_only else "import"
        with running_or_own(settings, f"the {what} of {file.name}") as stack:
            report = _taken(stack, body)
    _tell(file, report, as_json=as_json)
    if not report["already_imported"] and (report["rejected"] or not _is_imported(report)):
        raise typer.Exit(say.EXIT_CHECK_FAILED)


def _readable(file: Path) -> bytes:
    """Return the bytes of a file that is a snapshot, or end before any stack is asked."""
    try:
        if file.stat().st_size > MAX_FEED_BYTES:
            say.refuse(f"{file} has more than {MAX_FEED_BYTES:,} bytes", say.EXIT_BAD_INPUT)
        data = file.read_bytes()
        read_feed(data)
    except OSError as error:
        say.refuse(f"{file} cannot be read: {error.strerror}", say.EXIT_BAD_INPUT)
    except Refused as no:
        say.refuse(f"{file}: {no.detail}", say.EXIT_BAD_INPUT)
    return data


def _known(settings: Settings, partner: str, data: bytes) -> dict[str, Any] | None:
    """Return what an earlier import of the same bytes reported; a snapshot knows it."""
    file_id = hashlib.sha256(data).hexdigest()
    try:
        found = feed_report_in_snapshot(
            newest(settings.warehouse), partner_id=partner, file_id=file_id
        )
    except SnapshotMissing:
        return None
    return None if found is None else {**found, "already_imported": True, "revisions": 0}


def _body(
    file: Path, partner: str, data: bytes, *, accept_gone: bool, check_only: bool
) -> Mapping[str, Any]:
    return {
        "partner_id": partner,
        "name": file.name,
        "data_base64": base64.b64encode(data).decode(),
        "accept_gone": accept_gone,
        "check_only": check_only,
    }


def _taken(stack: RunningStack, body: Mapping[str, Any]) -> dict[str, Any]:
    try:
        report: dict[str, Any] = ask(stack, "/v1/operate/feeds", body)["report"]
        if not body["check_only"] and not report["already_imported"]:
            ask(stack, "/v1/operate/snapshots", {})
    except StackAway as error:
        say.refuse(str(error), say.EXIT_SURROUNDINGS)
    except StackRefused as error:
        say.refuse(str(error), say.EXIT_BAD_INPUT)
    return report


def _is_imported(report: Mapping[str, Any]) -> bool:
    return bool(report["state"] == FeedState.IMPORTED.value)


def _tell(file: Path, report: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        say.as_json(report)
        return
    if report["already_imported"]:
        say.line(f"{file.name}: already imported, 0 new")
        return
    say.line(
        f"{file.name}: header version {report['version']}, {report['lines']:,} lines: "
        f"{report['accepted']:,} accepted, {report['duplicate']:,} repeated, "
        f"{report['rejected']:,} rejected"
    )
    say.line("records: " + ", ".join(f"{name} {n:,}" for name, n in report["classes"].items()))
    for one in report["rejects"]:
        say.line(f"line {one['line_no']} ({one['record_id']}): {one['detail']}")
    say.line(_outcome(report))


def _outcome(report: Mapping[str, Any]) -> str:
    counts = report["classes"]
    if report["state"] == FeedState.REKEYED.value:
        return (
            f"parked as {report['state']}, nothing is changed: {counts['re_used']:,} of "
            f"{report['common']:,} common ids have another date, more than "
            f"{MAX_RE_USED_SHARE:.0%}; if the partner numbers its records anew, bring them under "
            "a --partner of their own"
        )
    if report["state"] == FeedState.WAITING.value:
        return (
            f"waits, nothing is changed: {counts['gone']:,} of {report['known_before']:,} records "
            f"are gone, more than {MAX_GONE_SHARE:.0%}; if they are meant to be, say --accept-gone"
        )
    return f"{report['revisions']:,} revisions, in mart.feed_revision of `loopline sql`"
