"""``/v1/metrics``: every number of the board with its definition, under the board's filter."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from warehouse.filter import Filter
from warehouse.metrics import (
    Figure,
    GrainNotOffered,
    Metric,
    UnknownMetric,
    figures_by,
    load_metrics,
    metric_of,
)
from warehouse.sums import Group, Measure
from web.asked import filter_asked, split_by
from web.problems import Problem
from web.services import Services

MAX_GROUPINGS = 3
MAX_ROWS = 10_000


def _measure(measure: Measure | None) -> dict[str, Any] | None:
    if measure is None:
        return None
    return {
        "expression": f"{measure.function}({measure.column})",
        "where": dict(measure.where),
    }


def definition(metric: Metric) -> dict[str, Any]:
    """Return a metric's definition as JSON tells it."""
    return {
        "id": metric.id,
        "version": metric.version,
        "name": {"zh": metric.name_zh, "en": metric.name_en},
        "note": {"zh": metric.note_zh, "en": metric.note_en},
        "unit": metric.unit,
        "kind": metric.kind,
        "source": metric.source,
        "numerator": _measure(metric.numerator),
        "denominator": _measure(metric.denominator),
        "grain": metric.grain,
        "direction": metric.direction,
        "owner": metric.owner,
    }


def _text(number: object) -> str | None:
    return None if number is None else f"{number:f}"


def _row(group: Group, by: Sequence[str], figure: Figure) -> dict[str, Any]:
    words = [word.isoformat() if isinstance(word, date) else word for word in group]
    return {
        **dict(zip(by, words, strict=False)),
        "value": _text(figure.value),
        "numerator": _text(figure.numerator),
        "denominator": _text(figure.denominator),
        "state": figure.state,
        "reason": figure.reason,
    }


def _answer(metric: Metric, wanted: Filter, by: Sequence[str], rows: list[Any]) -> dict[str, Any]:
    return {
        "metric": metric.id,
        "version": metric.version,
        "unit": metric.unit,
        "filter": wanted.canonical,
        "filter_sha256": wanted.sha256,
        "by": list(by),
        "rows": rows,
    }


def routes(services: Services) -> APIRouter:
    """Return the routes of the metrics."""
    router = APIRouter(tags=["board"])

    @router.get("/v1/metrics")
    def list_metrics() -> JSONResponse:
        """List every metric with its definition."""
        return JSONResponse([definition(metric) for metric in load_metrics().values()])

    @router.get("/v1/metrics/{metric_id}")
    def read_metric(metric_id: str, request: Request) -> JSONResponse:
        """Answer one metric under the filter of the query string, grouped by ``by``."""
        text, by = split_by(request.url.query, MAX_GROUPINGS)
        try:
            metric = metric_of(metric_id)
        except UnknownMetric:
            raise Problem(404, "unknown_metric", f"no metric is called {metric_id[:80]}") from None
        with services.one_read() as query:
            wanted = filter_asked(text, services, query).wanted
            try:
                found = figures_by(metric, wanted, by, query)
            except GrainNotOffered as no:
                raise Problem(422, "grain_not_offered", str(no)) from None
        if len(found) > MAX_ROWS:
            raise Problem(422, "too_many_rows", f"{len(found)} rows; at most {MAX_ROWS} here")
        rows = [_row(group, by, found[group]) for group in sorted(found, key=str)]
        return JSONResponse(_answer(metric, wanted, by, rows))

    return router
