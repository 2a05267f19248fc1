"""How far a search of rounds is, told on stderr while it runs."""

from collections.abc import Callable

from loopline import say
from routing.vehicles.search import Progress

QUIET_S = 1.0  # a search that ends sooner says nothing on its way


def told_on_the_way() -> Callable[[Progress], None]:
    """Return what says now and then how many iterations are done and how good the best is."""
    line = say.Progress("iterations", after_s=QUIET_S)
    return lambda one: line.at(
        one.iterations, None, f", best {one.best:,.0f}, {one.absent} left out"
    )
