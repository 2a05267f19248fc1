"""The ``loopline`` command."""

from typing import Any

import typer
from typer.core import TyperGroup

from loopline import dlq, topics
from loopline.version import PRODUCT_VERSION


class Verbs(TyperGroup):
    """Verbs of one word, and those of two whose first is a verb itself: ``import takeback-feed``.

    A file that is called like a second word is named by its folder, ``./takeback-feed``.
    """

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the longest verb that the arguments begin with, and the arguments after it."""
        two = " ".join(args[:2])
        return super().resolve_command(ctx, [two, *args[2:]] if two in self.commands else args)


app = typer.Typer(
    name="loopline",
    cls=Verbs,
    help="Every shipment, forklift and take-back event becomes an auditable number of kg CO2e.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(topics.app, name="topics")
app.add_typer(dlq.app, name="dlq")


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(PRODUCT_VERSION)


def all_commands() -> typer.Typer:
    """Return the whole command; its verbs are imported only when somebody asks for one."""
    from loopline import contacts, examples, factors, ledger, plan, policies, report, takeback
    from loopline.demo import demo
    from loopline.explain import explain
    from loopline.import_feed import import_feed
    from loopline.import_history import import_history
    from loopline.kpi import kpi
    from loopline.relay_outbox import relay
    from loopline.restate import restate
    from loopline.sql import sql
    from loopline.status import status
    from loopline.up import up
    from loopline.worker import worker

    app.command()(up)
    app.command()(demo)
    app.command("import")(import_history)
    app.command("import takeback-feed")(import_feed)
    app.add_typer(factors.app, name="factors")
    app.command()(explain)
    app.command()(restate)
    app.command()(sql)
    app.command()(kpi)
    app.add_typer(report.app, name="report")
    app.add_typer(contacts.app, name="contacts")
    app.command()(status)
    app.command()(relay)
    app.add_typer(ledger.app, name="ledger")
    app.command(hidden=True)(worker)
    app.add_typer(examples.app, name="examples")
    app.add_typer(plan.app, name="plan")
    app.add_typer(policies.app, name="policies")
    app.add_typer(takeback.app, name="takeback")
    return app


def main() -> None:
    """Run the command that the arguments name."""
    all_commands()()


if __name__ == "__main__":
    main()
