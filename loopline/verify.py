"""``loopline verify``: a certificate, audit log or report checked with nothing but the file."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import typer

from emissions.report_rows import BODY_SHA256, refuse_changed
from ledger.audit_log import MAX_LINE_BYTES, NoAuditLog, check_lines, is_audit_line
from loopline import say
from loopline.json_file import MAX_FILE_BYTES
from recycling.certificate_check import DOCUMENT, CertificateRefused
from recycling.mass_balance import percent
from runtime.certificate import verified_certificate
from runtime.signing import SignatureRefused, is_signed
from runtime.signing_keys import KeyListRefused, Keys, keys_in, read_keys
from schemas.refusal import Refused

KEY_LIST = "keys.jwks.json"
JWKS_ADDRESS = "/.well-known/jwks.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of a file: what it is, what is wrong with it, and what it says."""

    kind: str
    defects: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    told: Mapping[str, Any] = field(default_factory=dict)


def verify(
    file: Annotated[Path, typer.Argument(help="a certificate, an audit log or a report")],
    keys: Annotated[
        Path | None,
        typer.Option("--keys", help="the issuer's key list (JWKS); else that of this release"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON document")] = False,
) -> None:
    """Check a file offline: its signature by known keys, its chains, its sums; 1 if it is false."""
    try:
        with file.open("rb") as opened:
            verdict = _verdict(opened, file, lambda: _keys_or_refuse(keys))
    except OSError as error:
        say.refuse(f"{file} cannot be read: {error.strerror or error}", say.EXIT_BAD_INPUT)
    if as_json:
        good = not verdict.defects
        say.as_json(
            {"kind": verdict.kind, "good": good, "defects": list(verdict.defects), **verdict.told}
        )
    for defect in verdict.defects:
        say.note(f"loopline: {file}: {defect}")
    if verdict.defects:
        raise typer.Exit(say.EXIT_CHECK_FAILED)
    if not as_json:
        for line in verdict.lines:
            say.line(line)


def _keys_or_refuse(file: Path | None) -> Keys:
    try:
        if file is not None:
            return read_keys(file)
        found = keys_in(resources.files("loopline").joinpath(KEY_LIST).read_bytes())
    except KeyListRefused as error:
        say.refuse(f"--keys: {error}", say.EXIT_BAD_INPUT)
    if not found:
        say.refuse(
            f"this release lists no keys; ask the issuer for its list (GET {JWKS_ADDRESS}) and "
            "give it by --keys FILE",
            say.EXIT_BAD_INPUT,
        )
    return found


def _verdict(opened: BinaryIO, file: Path, keys: Callable[[], Keys]) -> Verdict:
    """Tell by its content what a file is, and check it as that."""
    first = opened.readline(MAX_LINE_BYTES + 1)
    opened.seek(0)
    if is_audit_line(first):
        return _log_verdict(opened, file)
    raw = opened.read(MAX_FILE_BYTES + 1)
    if len(raw) > MAX_FILE_BYTES:
        say.refuse(f"{file} is larger than {MAX_FILE_BYTES} bytes", say.EXIT_BAD_INPUT)
    if BODY_SHA256.encode() in first:
        return _report_verdict(raw, file)
    value = _json(raw)
    if not is_signed(value):
        say.refuse(
            f"{file} is no certificate (a signed JSON object), audit log or report",
            say.EXIT_BAD_INPUT,
        )
    return _certificate_verdict(value, keys())


def _json(raw: bytes) -> Any:
    """Return what a file holds; None where it is no JSON, or a name in it has two values."""
    try:
        return json.loads(raw.decode(), object_pairs_hook=_once)
    except (ValueError, RecursionError):
        return None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in an object")
    return found


def _certificate_verdict(value: Any, keys: Keys) -> Verdict:
    try:
        found = verified_certificate(value, keys=keys)
    except SignatureRefused as error:
        return Verdict(kind=DOCUMENT, defects=(str(error),))
    except CertificateRefused as error:
        return Verdict(kind=DOCUMENT, defects=error.defects)
    told, signed = found.read, found.signed
    return Verdict(
        kind=DOCUMENT,
        lines=(
            f"good: certificate {told['certificate_id']} of batch {told['batch_id']}, "
            f"{len(told['units'])} units treated by {told['dismantler_id']}",
            f"{told['input_kg']:f} kg in, {told['output_kg']:f} kg out, {told['losses_kg']:f} kg "
            f"lost, gap {told['gap_kg']:f} kg = {percent(told['gap_kg'], told['input_kg'])}",
            f"signed by key {signed.kid}, content SHA-256 {signed.payload_sha256}",
        ),
        told={
            "kid": signed.kid,
            "payload_sha256": signed.payload_sha256,
            "certificate": found.document,
        },
    )


def _log_verdict(opened: BinaryIO, file: Path) -> Verdict:
    try:
        found = check_lines(_lines(opened))
    except NoAuditLog as error:
        say.refuse(f"{file}: {error}", say.EXIT_BAD_INPUT)
    counted = f"{found.events} events of {found.aggregates} aggregates"
    return Verdict(
        kind="audit_log",
        defects=tuple(
            f"{one.kind} {one.id} version {one.version}: {one.what}" for one in found.breaks
        ),
        lines=(
            f"good: audit log, {counted}, every chain unbroken",
            f"head {found.head_sha256}; compare it with the one noted at the export",
        ),
        told={
            "events": found.events,
            "aggregates": found.aggregates,
            "head_sha256": found.head_sha256,
        },
    )


def _lines(opened: BinaryIO) -> Iterator[bytes]:
    """Yield lines, none longer than is read: the rest of a longer one is a line that is none."""
    while line := opened.readline(MAX_LINE_BYTES + 1):
        yield line


def _report_verdict(raw: bytes, file: Path) -> Verdict:
    try:
        refuse_changed(raw.decode())
    except UnicodeDecodeError:
        say.refuse(f"{file} is no UTF-8", say.EXIT_BAD_INPUT)
    except Refused as error:
        return Verdict(kind="report", defects=(str(error),))
    return Verdict(
        kind="report",
        lines=("good: report, its rows are those that its first line was made for (no signature)",),
    )
