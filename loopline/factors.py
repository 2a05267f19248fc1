"""``loopline factors``: the sets behind every number, what they say, and who let them in."""

import getpass
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from emissions.brought import approve, record_of
from emissions.defect import MAX_SHOWN_DEFECTS, FactorFileError
from emissions.factor import FactorSet
from emissions.finding import Comparison
from emissions.set_diff import diff
from loopline import factor_views as views
from loopline import say
from loopline.factor_shelf import (
    Shelf,
    factor_or_refuse,
    not_imported,
    read_set_files,
    set_or_file,
    shelf_of,
)
from loopline.running import settings_or_refuse
from loopline.tables import terminal_width
from runtime.factor_store import (
    record_as_json,
    store,
    write_approval,
)
from runtime.settings import FactorSettings
from schemas.refusal import Refused

app = typer.Typer(help="Factor sets: look, check, compare, bring, approve.", no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="one JSON document")]
Manifest = Annotated[
    Path | None, typer.Option(help="manifest of FILE; else the manifest.toml beside it")
]
By = Annotated[str | None, typer.Option(help="your name; else that of the account you work as")]
ALL_ROWS = "all"


def _settings() -> FactorSettings:
    return settings_or_refuse().factors


@contextmanager
def _told(*, as_json: bool) -> Iterator[None]:
    """Turn what a file, a folder or a person did wrong into sentences and an exit code."""
    try:
        yield
    except FactorFileError as error:
        if as_json:
            say.as_json({"defects": [views.defect_document(one) for one in error.defects]})
        else:
            for one in error.defects[:MAX_SHOWN_DEFECTS]:
                say.note(str(one))
        more = "" if len(error.defects) <= MAX_SHOWN_DEFECTS else "; --json lists them all"
        say.refuse(f"{len(error.defects)} defects, nothing was taken{more}", say.EXIT_BAD_INPUT)
    except Refused as error:
        say.refuse(error.detail, say.EXIT_BAD_INPUT)
    except OSError as error:
        what = f"{error.filename} cannot be used: {error.strerror}"
        say.refuse(what, say.EXIT_SURROUNDINGS)


@app.command("list")
def list_sets(as_json: Json = False) -> None:
    """List every factor set: packaged, and brought with its state."""
    with _told(as_json=as_json):
        shelf = shelf_of(_settings())
        documents = [
            views.set_document(
                one, shelf.state(one.manifest.set_id), _record(shelf, one.manifest.set_id)
            )
            for one in shelf.sets
        ]
        if as_json:
            say.as_json({"sets": documents, "broken": sorted(shelf.folder.broken)})
            return
        _print(views.sets_table(documents, width=terminal_width()))
        for name, error in sorted(shelf.folder.broken.items()):
            say.line(f"{name}: cannot be read, {len(error.defects)} defects")


def _record(shelf: Shelf, set_id: str) -> Any:
    one = shelf.brought(set_id)
    return None if one is None else one.record


@app.command()
def show(
    factor_id: Annotated[str, typer.Argument(help="a factor_id, or set_id/factor_id")],
    as_json: Json = False,
) -> None:
    """Show one factor: figures, unit, source cell, licence, validity, what re-computing said."""
    with _told(as_json=as_json):
        shelf = shelf_of(_settings())
        factor = factor_or_refuse(shelf, factor_id)
        one = shelf.find(factor.set_id)
        about = [] if one is None else _about(shelf, one, factor.factor_id)
        state = shelf.state(factor.set_id)
        document = views.factor_document(
            factor, state, about, is_kept_out=shelf.is_kept_out(factor)
        )
        if as_json:
            say.as_json(document)
        else:
            _print(list(views.factor_lines(document, width=terminal_width())))


def _about(shelf: Shelf, one: FactorSet, factor_id: str) -> list[Comparison]:
    found = shelf.compare(one)
    return [each for each in found if factor_id in each.factor_ids]


@app.command()
def check(
    what: Annotated[
        str | None, typer.Argument(metavar="[SET|FILE]", help="a set, a folder or a CSV; else all")
    ] = None,
    manifest: Manifest = None,
    as_json: Json = False,
) -> None:
    """Compute every figure again that can be; exit 1 where one differs by an error."""
    with _told(as_json=as_json):
        shelf = shelf_of(_settings())
        if what is None:
            pairs = [(one, shelf.compare(one)) for one in shelf.sets]
            broken = shelf.folder.broken
        else:
            one = set_or_file(shelf, what, manifest)
            pairs, broken = [(one, shelf.judge(one))], {}
        documents = [views.check_document(one, found) for one, found in pairs]
        _say_checks(documents, broken, as_json=as_json)
    if broken or any(document["errors"] for document in documents):
        raise typer.Exit(say.EXIT_CHECK_FAILED)


def _say_checks(
    documents: list[dict[str, Any]], broken: Mapping[str, FactorFileError], *, as_json: bool
) -> None:
    defects = {
        name: [views.defect_document(one) for one in error.defects]
        for name, error in sorted(broken.items())
    }
    if as_json:
        say.as_json({"sets": documents, "broken": defects})
        return
    for document in documents:
        _print(list(views.check_lines(document, width=terminal_width())))
    for name, error in sorted(broken.items()):
        say.line(f"{name}: cannot be read, {len(error.defects)} defects")
        _print([str(one) for one in error.defects[:MAX_SHOWN_DEFECTS]])


@app.command("diff")
def diff_sets(
    before: Annotated[str, typer.Argument(help="a set, a folder or a CSV")],
    after: Annotated[str, typer.Argument(help="a set, a folder or a CSV")],
    as_json: Json = False,
) -> None:
    """Compare two sets row by row: figures that moved, rows that came and went."""
    with _told(as_json=as_json):
        shelf = shelf_of(_settings())
        old, new = (set_or_file(shelf, one, None) for one in (before, after))
        found = diff(old, new)
        if as_json:
            say.as_json(views.diff_document(old, new, found))
        else:
            _print(list(views.diff_lines(found, width=terminal_width())))


@app.command("import")
def import_set(
    file: Annotated[Path, typer.Argument(help="factors.csv, or a folder with its manifest")],
    manifest: Manifest = None,
    by: By = None,
    as_json: Json = False,
) -> None:
    """Bring a set: read strictly, check, and keep until another person approves it."""
    with _told(as_json=as_json):
        settings = _settings()
        shelf = shelf_of(settings)
        files, one = read_set_files(file, manifest)
        comparisons = shelf.judge_new(one)
        record = record_of(
            one,
            comparisons,
            imported_by=_name(by),
            imported_at=datetime.now(UTC),
            imported_from=files.origin,
        )
        store(settings, files, record)
        document = views.check_document(one, comparisons)
        if as_json:
            say.as_json({"record": record_as_json(record), "check": document})
            return
        _say_checks([document], {}, as_json=False)
        say.line(
            f"{record.set_id} is checked, {len(record.faulty)} rows with errors; nothing rests on "
            f"it until another person runs: loopline factors approve {record.set_id}"
        )


@app.command("approve")
def approve_set(
    set_id: Annotated[str, typer.Argument(metavar="SET", help="an imported set")],
    by: By = None,
    accept: Annotated[
        list[str] | None, typer.Option(help="a row with an error to let in, or all; needs --reason")
    ] = None,
    reason: Annotated[str, typer.Option(help="why rows with errors are let in")] = "",
    as_json: Json = False,
) -> None:
    """Let a set answer; its importer cannot, and rows with errors stay out unless accepted."""
    with _told(as_json=as_json):
        settings = _settings()
        shelf = shelf_of(settings)
        one = shelf.brought(set_id)
        if one is None:
            say.refuse(not_imported(shelf, set_id), say.EXIT_BAD_INPUT)
        rows = accept or []
        if ALL_ROWS in rows and one.record is not None:
            rows = list(one.record.faulty)
        record = approve(one, by=_name(by), at=datetime.now(UTC), accept=rows, reason=reason)
        write_approval(settings, record)
    if as_json:
        say.as_json(record_as_json(record))
        return
    kept_out = 0 if record.approval is None else len(record.approval.kept_out)
    say.line(
        f"{set_id} is approved, {len(one.set.factors) - kept_out} rows answer, {kept_out} are kept "
        "out; processes that run read it when they start again"
    )


def _name(by: str | None) -> str:
    if by is not None:
        return by
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        say.refuse("the account has no name; say --by NAME", say.EXIT_BAD_INPUT)


def _print(lines: Sequence[str], out: Callable[[str], None] = say.line) -> None:
    for one in lines:
        out(one)
