"""A plan as one page that needs no network: tables first, then a picture of the rounds."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from html import escape

from routing.plan import Route, RoutePlan
from routing.problem import Location, RoutingProblem
from routing.writing.plan_json import instant

WIDTH, HEIGHT, EDGE = 900, 600, 20
STYLE = """body{font:15px/1.4 system-ui,sans-serif;margin:2rem;max-width:70rem}
table{border-collapse:collapse;margin:1rem 0}td,th{border:1px solid #999;padding:.2rem .5rem;
text-align:left}td.n{text-align:right}svg{border:1px solid #999;max-width:100%;height:auto}"""
DASHES = ("", "8 4", "2 3", "10 3 2 3", "1 2")  # not by colour alone
COLOURS = ("#1f5fa8", "#a33b1f", "#1f7a4d", "#7a1f6b", "#6b5a00", "#333333")


def plan_html(plan: RoutePlan, problem: RoutingProblem) -> str:
    """Return the page."""
    parts = [
        "<!doctype html><html lang=en><meta charset=utf-8>",
        f"<title>{escape(plan.problem_id)}</title><style>{STYLE}</style>",
        f"<h1>Rounds of {problem.planned_on.isoformat()}</h1>",
        f"<p>{_summary(plan)}</p>",
        "<h2>Routes</h2>",
        _table(ROUTE_HEAD, (_route_row(one, problem) for one in plan.routes)),
    ]
    if plan.unserved:
        rows = [(one.stop_id, one.reason, one.detail) for one in plan.unserved]
        parts += ["<h2>Not served</h2>", _table(("stop", "reason", "detail"), rows)]
    for route in plan.routes:
        parts += [f"<h3>{escape(route.vehicle_id)}</h3>", _stops(route, problem)]
    parts += ["<h2>Picture</h2>", _picture(plan, problem), "</html>\n"]
    return "\n".join(parts)


ROUTE_HEAD = ("vehicle", "start", "end", "stops", "km", "great-circle km", "load kg", "cost fen",
              "TTW kg CO2e", "WTT kg CO2e")  # fmt: skip


def _summary(plan: RoutePlan) -> str:
    totals = plan.totals
    told = [
        f"{len(plan.routes)} routes, {sum(len(one.visits) for one in plan.routes)} stops served",
        f"{len(plan.unserved)} not served",
        f"{totals.distance_m / 1_000:,.1f} km",
        f"cost {totals.cost_cny_fen:,.0f} fen",
        f"TTW {totals.ttw_kgco2e} kg CO2e, WTT {totals.wtt_kgco2e} kg CO2e"
        if totals.ttw_kgco2e is not None
        else "no emission rate is known",
        f"distances: {plan.distance_method}",
        "a forecast, not an emission record",
    ]
    return escape("; ".join(told))


def _route_row(route: Route, problem: RoutingProblem) -> Sequence[object]:
    figures = route.figures
    return (
        route.vehicle_id, instant(problem, route.start_s), instant(problem, route.end_s),
        len(route.visits), f"{figures.distance_m / 1_000:.1f}",
        f"{figures.great_circle_m / 1_000:.1f}", f"{route.load_g / 1_000:g}",
        f"{figures.cost_cny_fen:.0f}", _known(figures.ttw_kgco2e), _known(figures.wtt_kgco2e),
    )  # fmt: skip


def _known(value: Decimal | None) -> object:
    return "-" if value is None else value


def _stops(route: Route, problem: RoutingProblem) -> str:
    rows = [
        (n, one.stop_id, instant(problem, one.arrival_s), instant(problem, one.start_s),
         f"{one.distance_m / 1_000:.1f}", f"{one.load_g / 1_000:g}")
        for n, one in enumerate(route.visits, 1)
    ]  # fmt: skip
    return _table(("no.", "stop", "arrival", "start", "km", "load after, kg"), rows)


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    titles = "".join(f"<th scope=col>{escape(one)}</th>" for one in head)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<table><tr>{titles}</tr>{body}</table>"


def _picture(plan: RoutePlan, problem: RoutingProblem) -> str:
    places = {one.location_id: one for one in problem.locations}
    lats = [float(one.lat) for one in problem.locations]
    lons = [float(one.lon) for one in problem.locations]
    high, wide = max(max(lats) - min(lats), 1e-9), max(max(lons) - min(lons), 1e-9)

    def at(place: Location) -> str:
        x = EDGE + (float(place.lon) - min(lons)) / wide * (WIDTH - 2 * EDGE)
        y = HEIGHT - EDGE - (float(place.lat) - min(lats)) / high * (HEIGHT - 2 * EDGE)
        return f"{x:.1f},{y:.1f}"

    depots = {one.depot_id: places[one.location_id] for one in problem.depots}
    stops = {one.stop_id: places[one.location_id] for one in problem.stops}
    lines = []
    for n, route in enumerate(plan.routes):
        home = at(depots[route.depot_id])
        way = " ".join([home, *(at(stops[one.stop_id]) for one in route.visits), home])
        lines.append(
            f'<polyline points="{way}" fill="none" stroke="{COLOURS[n % len(COLOURS)]}" '
            f'stroke-dasharray="{DASHES[n % len(DASHES)]}"><title>{escape(route.vehicle_id)}'
            "</title></polyline>"
        )
    drawn = "".join(lines)
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{len(plan.routes)} rounds as straight lines between stops">{drawn}</svg>'
    )
