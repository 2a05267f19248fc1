"""The engines of ``loopline plan routes`` by name."""

from loopline import say
from routing.vehicles.planner import Engine
from routing.vehicles.search import search


def engine_or_refuse(name: str) -> Engine:
    """Return an engine; those of an extra end with one sentence where it is not installed."""
    if name == "ortools":
        from routing.vehicles.ortools_engine import ortools_search

        return ortools_search
    if name == "pyvrp":
        try:
            from routing.vehicles.pyvrp_engine import pyvrp_search
        except ImportError:
            say.refuse(
                "--engine pyvrp needs the extra: pip install 'loopline[pyvrp]'",
                say.EXIT_SURROUNDINGS,
            )
        return pyvrp_search
    return search
