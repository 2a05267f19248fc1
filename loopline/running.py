"""A stack to work with: the one that runs, or one of our own for as long as it is needed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from emissions.defect import FactorFileError
from emissions.factor import FactorBook
from loopline import say, stack_file
from loopline.stack import Stack, StackFailed, broker_for
from loopline.stack_file import RunningStack
from runtime.broker import BrokerAway
from runtime.brokers import BrokerMissing
from runtime.factor_store import book_for
from runtime.settings import Settings, SettingsRefused, read_settings
from schemas.refusal import Refused

KINDS = ("embedded", "kafka")


def settings_or_refuse() -> Settings:
    """Return the settings, or end with the sentence that says which cannot be."""
    try:
        return read_settings()
    except SettingsRefused as error:
        say.refuse(str(error), say.EXIT_BAD_INPUT)


def stack_for(
    kind: str,
    *,
    workers: int = 1,
    tell: Callable[[str], None],
    settings: Settings | None = None,
    takeback: bool = False,
) -> Stack:
    """Return a stack that is not started yet."""
    chosen = settings or settings_or_refuse()
    _refuse_unknown(kind)
    book_or_refuse(
        chosen
    )  # workers that cannot read their factors would only start again and again
    broker = broker_for(chosen, kind)
    return Stack(chosen, broker=broker, workers=workers, tell=tell, takeback=takeback)


def _refuse_unknown(kind: str) -> None:
    if kind not in KINDS:
        say.refuse(f"--broker {kind} is none of {', '.join(KINDS)}", say.EXIT_BAD_INPUT)


def book_or_refuse(settings: Settings) -> FactorBook:
    """Return the factor sets that results may stand on, or end with what is wrong with them."""
    try:
        return book_for(settings.factors)
    except Refused as error:
        say.refuse(error.detail, say.EXIT_BAD_INPUT)
    except FactorFileError as error:
        say.refuse(f"{settings.factors.dir}: {error.defects[0]}", say.EXIT_BAD_INPUT)


def start_or_refuse(stack: Stack) -> RunningStack:
    """Start ``stack``, or end with the sentence that says what is missing."""
    try:
        return stack.start()
    except (StackFailed, BrokerAway, BrokerMissing) as error:
        say.refuse(str(error), say.EXIT_SURROUNDINGS)


@contextmanager
def running_or_own(settings: Settings, why: str) -> Iterator[RunningStack]:
    """Give the running stack, or one of our own that ends afterwards, and say so."""
    running = stack_file.read(settings.warehouse)
    if running is not None:
        yield running
        return
    say.note(f"no stack is running on {settings.warehouse.dir}: starting one for {why}")
    stack = stack_for("embedded", tell=say.note, settings=settings)
    own = start_or_refuse(stack)
    try:
        yield own
    finally:
        stack.stop()


def running_or_refuse(settings: Settings) -> RunningStack:
    """Return the running stack, or end with what to do."""
    running = stack_file.read(settings.warehouse)
    if running is None:
        say.refuse(
            f"no stack runs on {settings.warehouse.dir}: start one with `loopline up`, or name "
            "another LOOPLINE_WAREHOUSE__DIR",
            say.EXIT_SURROUNDINGS,
        )
    return running
