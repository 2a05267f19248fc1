"""The ``loopline`` command."""

import sys
from collections.abc import Iterable, Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Any

import typer
from typer.core import TyperGroup

from loopline.version import PRODUCT_VERSION

HIDDEN = frozenset({"worker"})
#: Which module has a verb, and under which name there: a command, or a group of commands.
VERBS: Mapping[str, str] = MappingProxyType(
    {
        "topics": "topics:app",
        "dlq": "dlq:app",
        "up": "up:up",
        "demo": "demo:demo",
        "import": "import_history:import_history",
        "import takeback-feed": "import_feed:import_feed",
        "factors": "factors:app",
        "explain": "explain:explain",
        "restate": "restate:restate",
        "sql": "sql:sql",
        "kpi": "kpi:kpi",
        "report": "report:app",
        "contacts": "contacts:app",
        "status": "status:status",
        "partner-api": "partner_api:partner_api",
        "partners": "partners:app",
        "relay": "relay_outbox:relay",
        "ledger": "ledger:app",
        "worker": "worker:worker",
        "examples": "examples:app",
        "plan": "plan:app",
        "policies": "policies:app",
        "takeback": "takeback:app",
        "verify": "verify:verify",
    }
)


class Verbs(TyperGroup):
    """Verbs of one word, and those of two whose first is a verb itself: ``import takeback-feed``.

    A file that is called like a second word is named by its folder, ``./takeback-feed``.
    """

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the longest verb that the arguments begin with, and the arguments after it."""
        two = " ".join(args[:2])
        return super().resolve_command(ctx, [two, *args[2:]] if two in self.commands else args)


def version() -> None:
    """Print the version."""
    typer.echo(PRODUCT_VERSION)


def commands(verbs: Iterable[str]) -> typer.Typer:
    """Return the command with some of ``VERBS``; the modules of the others are not imported."""
    app = typer.Typer(
        name="loopline",
        cls=Verbs,
        help="Every shipment, forklift and take-back event becomes an auditable number of kg CO2e.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    app.command()(version)
    for verb in verbs:
        module, _, name = VERBS[verb].partition(":")
        made = getattr(import_module(f"loopline.{module}"), name)
        if isinstance(made, typer.Typer):
            app.add_typer(made, name=verb)
        else:
            app.command(verb, hidden=verb in HIDDEN)(made)
    return app


def all_commands() -> typer.Typer:
    """Return the whole command."""
    return commands(VERBS)


def main() -> None:
    """Run the command that the arguments name; a process that is started again starts sooner."""
    first = sys.argv[1] if len(sys.argv) > 1 else ""
    wanted = [verb for verb in VERBS if verb.split(" ")[0] == first]
    commands(wanted or VERBS)()


if __name__ == "__main__":
    main()
