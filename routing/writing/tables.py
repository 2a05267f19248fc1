"""A plan's rows as CSV; texts that a spreadsheet would run are made safe."""

import csv
import io
from collections.abc import Iterable, Sequence

from routing.plan import RoutePlan
from routing.problem import RoutingProblem
from routing.reading.row import Defect
from routing.writing.plan_json import instant

RUN_BY_SPREADSHEETS = ("=", "+", "-", "@", "\t", "\r")


def safe(value: object) -> object:
    """Return a cell that no spreadsheet takes for a formula; numbers stay numbers.

    >>> safe("=1+1"), safe("S-1"), safe(-3)
    ("'=1+1", 'S-1', -3)
    """
    if isinstance(value, str) and value.startswith(RUN_BY_SPREADSHEETS):
        return f"'{value}"
    return value


def csv_text(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table as CSV."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(head)
    for row in rows:
        writer.writerow([safe(cell) for cell in row])
    return file.getvalue()


def routes_csv(plan: RoutePlan, problem: RoutingProblem) -> str:
    """Return one row per route."""
    head = ("vehicle_id", "vehicle_type_id", "depot_id", "start_at", "end_at", "stop_count",
            "distance_km", "great_circle_km", "driving_duration_s", "waiting_duration_s",
            "load_kg", "cost_cny_fen", "ttw_kgco2e", "wtt_kgco2e", "energy_kwh")  # fmt: skip
    rows = [
        (one.vehicle_id, one.vehicle_type_id, one.depot_id, instant(problem, one.start_s),
         instant(problem, one.end_s), len(one.visits), one.figures.distance_m / 1_000,
         one.figures.great_circle_m / 1_000, one.figures.driving_s, one.figures.waiting_s,
         one.load_g / 1_000, one.figures.cost_cny_fen, one.figures.ttw_kgco2e,
         one.figures.wtt_kgco2e, one.figures.energy_kwh)
        for one in plan.routes
    ]  # fmt: skip
    return csv_text(head, rows)


def stops_csv(plan: RoutePlan, problem: RoutingProblem) -> str:
    """Return one row per stop that is served, in the sequence of the rounds."""
    head = ("vehicle_id", "sequence", "stop_id", "arrival_at", "start_at", "leave_at",
            "distance_km", "great_circle_km", "distance_method", "load_after_kg")  # fmt: skip
    rows = [
        (route.vehicle_id, number, one.stop_id, instant(problem, one.arrival_s),
         instant(problem, one.start_s), instant(problem, one.leave_s), one.distance_m / 1_000,
         one.great_circle_m / 1_000, plan.distance_method, one.load_g / 1_000)
        for route in plan.routes
        for number, one in enumerate(route.visits, 1)
    ]  # fmt: skip
    return csv_text(head, rows)


def unserved_csv(plan: RoutePlan) -> str:
    """Return one row per stop that is not served, with its reason."""
    rows = [(one.stop_id, one.reason, one.detail) for one in plan.unserved]
    return csv_text(("stop_id", "reason", "detail"), rows)


def rejected_csv(defects: Sequence[Defect], originals: Sequence[tuple[str, int, str]]) -> str:
    """Return one row per defect of a rejected row, with the row's original text."""
    texts = {(file, row): text for file, row, text in originals}
    rows = [
        (one.file, one.row, one.field, one.value, one.detail, texts.get((one.file, one.row), ""))
        for one in defects
    ]
    return csv_text(("file", "row", "field", "value", "detail", "original"), rows)
