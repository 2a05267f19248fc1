"""A load plan as documents: one JSON object, a CSV for the loader, a page with pictures."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from loopline import say
from routing.loading.br import MM_PER_CM
from routing.loading.entities import Leftover, LoadPlan, LoadProblem, Placement
from routing.loading.figures import figures_of
from routing.loading.picture import page_of
from routing.loading.reading import Defect
from routing.loading.steps import COLUMNS, steps_of
from routing.writing.tables import csv_text

SCHEMA_VERSION = 1
SHARE_DIGITS = 6


def benchmark_document(problem: LoadProblem, plan: LoadPlan, *, cpu_s: float) -> dict[str, Any]:
    """Return a benchmark's answer: lengths in centimetres, as its file has them."""
    return {
        "problem_id": problem.problem_id,
        "feasible": True,
        "utilisation_share": round(figures_of(problem, plan).volume_share, SHARE_DIGITS),
        "cpu_s": round(cpu_s, 3),
        "placements": [_in_centimetres(one) for one in plan.placements],
        "leftovers": [_leftover(one) for one in plan.leftovers],
        "effort": asdict(plan.effort),
    }


def _in_centimetres(one: Placement) -> dict[str, Any]:
    lengths = {
        name: getattr(one, f"{name}_mm") // MM_PER_CM for name in ("x", "y", "z", "dx", "dy", "dz")
    }
    return {"step": one.step, "type": one.goods_type_id, **lengths}


def load_document(
    problem: LoadProblem, plan: LoadPlan, defects: Sequence[Defect], *, cpu_s: float | None = None
) -> dict[str, Any]:
    """Return a plan with its figures, what stays behind and why, and the rows that were refused."""
    figures = figures_of(problem, plan)
    rounded = {
        name: round(value, SHARE_DIGITS) if isinstance(value, float) else value
        for name, value in asdict(figures).items()
    }
    timed = {} if cpu_s is None else {"cpu_s": round(cpu_s, 3)}
    return {
        "schema_version": SCHEMA_VERSION,
        "problem_id": problem.problem_id,
        "vehicle_id": problem.vehicle.vehicle_id,
        "feasible": True,
        "utilisation_share": rounded["volume_share"],
        **timed,
        "figures": rounded,
        "placements": [asdict(one) for one in plan.placements],
        "leftovers": [_leftover(one) for one in plan.leftovers],
        "rejected": [asdict(one) for one in defects],
        "effort": asdict(plan.effort),
    }


def _leftover(one: Leftover) -> dict[str, Any]:
    return {
        "line_id": one.line_id,
        "goods_type_id": one.goods_type_id,
        "unit_count": one.unit_count,
        "reason": one.reason.value,
        "sentence": one.sentence,
    }


def loading_list(problem: LoadProblem, plan: LoadPlan) -> str:
    """Return the list that the loader follows, as CSV."""
    return csv_text(COLUMNS, (step.cells() for step in steps_of(problem, plan)))


def write_documents(
    folder: Path, problem: LoadProblem, plan: LoadPlan, defects: Sequence[Defect]
) -> None:
    """Write JSON, loading list and page; the same plan makes the same bytes."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "load.json").write_text(
            json.dumps(load_document(problem, plan, defects), ensure_ascii=False, indent=1) + "\n",
            encoding="utf-8",
        )
        (folder / "loading_list.csv").write_text(loading_list(problem, plan), encoding="utf-8")
        (folder / "load.html").write_text(page_of(problem, plan), encoding="utf-8")
    except OSError as error:
        say.refuse(f"{folder} cannot be written: {error.strerror or error}", say.EXIT_SURROUNDINGS)
