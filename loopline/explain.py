"""``loopline explain``: a stored number step by step, down to the source cell of each factor."""

from typing import Annotated, Any
from urllib.parse import quote, urlencode

import typer

from loopline import say
from loopline.ask import StackAway, StackRefused, ask
from loopline.running import running_or_refuse, settings_or_refuse
from web.explained import KINDS

LANGUAGES = ("en", "zh")


def explain(
    identifier: Annotated[
        str,
        typer.Argument(
            metavar="ID",
            help="a shipment, leg, unit, site/2026-05, interval, or the id of an event",
        ),
    ],
    kind: Annotated[
        str | None, typer.Option(help=f"where several are called so: {', '.join(KINDS)}")
    ] = None,
    lang: Annotated[str, typer.Option(help=", ".join(LANGUAGES))] = "en",
    as_json: Annotated[bool, typer.Option("--json", help="one JSON document")] = False,
) -> None:
    """Explain a stored number; the sum of the steps is what is stored, or it is said not to be."""
    if lang not in LANGUAGES:
        say.refuse(f"--lang {lang} is none of {', '.join(LANGUAGES)}", say.EXIT_BAD_INPUT)
    if kind not in (None, *KINDS):
        say.refuse(f"--kind {kind} is none of {', '.join(KINDS)}", say.EXIT_BAD_INPUT)
    found = _ask(identifier, {"lang": lang} | ({} if kind is None else {"kind": kind}))
    if as_json:
        say.as_json({name: told for name, told in found.items() if name != "text"})
    else:
        say.line(found["text"].rstrip())
    if not found["reconciles"]:
        say.refuse(f"{identifier} does not reconcile with its steps", say.EXIT_CHECK_FAILED)


def _ask(identifier: str, asked: dict[str, str]) -> Any:
    path = f"/v1/explain/{quote(identifier, safe='')}?{urlencode(asked)}"
    try:
        return ask(running_or_refuse(settings_or_refuse()), path)
    except StackRefused as error:
        say.refuse(f"{error}; see the board's shipments, or `loopline sql`", say.EXIT_BAD_INPUT)
    except StackAway as error:
        say.refuse(str(error), say.EXIT_SURROUNDINGS)
