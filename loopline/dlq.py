"""``loopline dlq``: what could not be answered, looked at, sent again or set aside."""

from typing import Annotated, Any
from urllib.parse import quote, urlencode

import typer

from loopline import say
from loopline.ask import StackAway, StackRefused, ask
from loopline.running import running_or_refuse, settings_or_refuse

app = typer.Typer(help="Dead letters of the running stack.", no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="one JSON document")]
MAX_REPLAYED = 1_000


def _ask(path: str, body: object = None) -> Any:
    try:
        return ask(running_or_refuse(settings_or_refuse()), f"/v1/operate{path}", body)
    except StackRefused as error:
        say.refuse(str(error), say.EXIT_BAD_INPUT)
    except StackAway as error:
        say.refuse(str(error), say.EXIT_SURROUNDINGS)


@app.command("list")
def list_letters(
    reason: Annotated[str | None, typer.Option(help="only this reason code")] = None,
    state: Annotated[str, typer.Option(help="open, replayed or discarded")] = "open",
    limit: Annotated[int, typer.Option(min=1, max=1_000)] = 100,
    as_json: Json = False,
) -> None:
    """List dead letters, the newest first."""
    asked = {"state": state, "limit": limit} | ({} if reason is None else {"reason": reason})
    letters = _ask(f"/dead-letters?{urlencode(asked)}")["dead_letters"]
    if as_json:
        say.as_json(letters)
        return
    for letter in letters:
        say.line(f"{letter['dead_letter_id']}  {letter['reason']}: {letter['detail']}")
    say.line(f"{len(letters)} {state} dead letters")


@app.command()
def show(letter_id: str, as_json: Json = False) -> None:
    """Show one dead letter with its original bytes."""
    letter = _ask(f"/dead-letters/{quote(letter_id, safe='')}")["dead_letter"]
    if letter is None:
        say.refuse(f"no dead letter {letter_id}; see `loopline dlq list`", say.EXIT_BAD_INPUT)
    if as_json:
        say.as_json(letter)
        return
    for name, value in letter.items():
        say.line(f"{name:16} {value}")


@app.command()
def replay(
    letter_ids: Annotated[list[str] | None, typer.Argument(help="ids, or --reason")] = None,
    reason: Annotated[str | None, typer.Option(help="all open ones of this reason")] = None,
    as_json: Json = False,
) -> None:
    """Send dead letters to their topic again, after the cause was mended."""
    ids = list(letter_ids or [])
    if reason is not None:
        asked = urlencode({"reason": reason, "state": "open", "limit": MAX_REPLAYED})
        ids += [found["dead_letter_id"] for found in _ask(f"/dead-letters?{asked}")["dead_letters"]]
    if not ids:
        say.refuse("name dead letters, or a --reason that has some", say.EXIT_BAD_INPUT)
    for letter_id in ids:
        _ask(f"/dead-letters/{quote(letter_id, safe='')}/replay", {})
    if as_json:
        say.as_json({"replayed": ids})
    else:
        say.line(f"{len(ids)} sent again")


@app.command()
def discard(letter_id: str, as_json: Json = False) -> None:
    """Set a dead letter aside; it stays in the warehouse as discarded."""
    _ask(f"/dead-letters/{quote(letter_id, safe='')}/discard", {})
    if as_json:
        say.as_json({"discarded": letter_id})
    else:
        say.line(f"{letter_id} discarded")
