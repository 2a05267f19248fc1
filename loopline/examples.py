"""``loopline examples``: the worked examples of a standard, put to the engine."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from emissions.examples import AGREES, UNSUPPORTED, Checked, check_examples, digits_of
from loopline import say
from loopline.json_file import read_json_or_refuse

app = typer.Typer(help="Worked examples put to the engine.", no_args_is_help=True)
KEYS = ("vectors", "examples")


@app.callback()
def group() -> None:
    """Worked examples put to the engine."""


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="FILE.json with inputs, formula, expected")],
    as_json: Annotated[bool, typer.Option("--json", help="one JSON document")] = False,
) -> None:
    """Compute every example of a file anew; exit 1 where one contradicts its own inputs."""
    checked = check_examples(_examples_or_refuse(file))
    findings = Counter(one.finding for one in checked)
    if as_json:
        examples = [_as_fields(one) for one in checked]
        say.as_json({"examples": examples, "findings": dict(sorted(findings.items()))})
    else:
        for one in checked:
            if one.finding != AGREES:
                say.line(_printable(f"{one.id}  {one.finding}: {one.detail}"))
        counts = ", ".join(f"{count} {finding}" for finding, count in sorted(findings.items()))
        say.line(f"{len(checked)} examples: {counts or 'none'}")
    if findings[UNSUPPORTED]:
        raise typer.Exit(say.EXIT_BAD_INPUT)
    if any(one.is_defect for one in checked):
        raise typer.Exit(say.EXIT_CHECK_FAILED)


def _examples_or_refuse(file: Path) -> list[Mapping[str, Any]]:
    """The examples as they lie in the file: decimals stay the text they were written as."""
    read = read_json_or_refuse(file)
    if isinstance(read, Mapping):
        read = next((read[key] for key in KEYS if key in read), None)
    if not isinstance(read, list) or not all(isinstance(one, Mapping) for one in read):
        say.refuse(
            f"{file} must be a list of examples, or an object with them under {' or '.join(KEYS)}",
            say.EXIT_BAD_INPUT,
        )
    return read


def _as_fields(one: Checked) -> dict[str, str | None]:
    return {
        "id": _printable(one.id),
        "formula": _printable(one.formula),
        "got": None if one.got is None else digits_of(one.got),
        "expected": _printable(one.expected),
        "finding": one.finding,
        "detail": _printable(one.detail),
    }


def _printable(text: str) -> str:
    """Half a character, which JSON can carry, has no bytes to print."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
