"""Files of loads: one JSON, a folder of CSV, or a benchmark file, as what the room can read."""

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from loopline import say
from loopline.json_file import read_json_or_refuse
from loopline.plan_files import read_text_or_refuse
from routing.loading.br import BadBenchmarkFile, read_br
from routing.loading.entities import LoadProblem
from routing.loading.reading import BadLoad, Told, problem_of

MAX_SHOWN_DEFECTS = 50
TABLES = ("goods", "lines", "vehicles")


def told_or_refuse(file: Path, *, vehicle_id: str | None, support_share: str | None) -> Told:
    """Return the load of a JSON file or a folder of CSV, or end with what is wrong with it."""
    told = _tables_or_refuse(file) if file.is_dir() else read_json_or_refuse(file)
    if not isinstance(told, Mapping):
        say.refuse(f"{file} must hold one JSON object", say.EXIT_BAD_INPUT)
    try:
        return problem_of(told, vehicle_id=vehicle_id, support_share=support_share)
    except BadLoad as bad:
        for one in bad.defects[:MAX_SHOWN_DEFECTS]:
            say.note(f"loopline: {one}")
        say.refuse(f"{len(bad.defects)} defects, nothing was planned", say.EXIT_BAD_INPUT)


def benchmark_or_refuse(file: Path, *, problem: int) -> LoadProblem:
    """Return one problem of a benchmark file, counted from 0."""
    try:
        problems = read_br(read_text_or_refuse(file), name=file.stem)
    except BadBenchmarkFile as bad:
        say.refuse(f"{file}: {bad}", say.EXIT_BAD_INPUT)
    if not 0 <= problem < len(problems):
        say.refuse(f"--problem {problem} is not from 0 to {len(problems) - 1}", say.EXIT_BAD_INPUT)
    return problems[problem]


def _tables_or_refuse(folder: Path) -> dict[str, Any]:
    """Return the tables of a folder; a row's empty cells are not told."""
    told: dict[str, Any] = {
        name: list(csv.DictReader(read_text_or_refuse(folder / f"{name}.csv").splitlines()))
        for name in TABLES
    }
    rules = folder / "rules.csv"
    if rules.is_file():
        rows = csv.DictReader(read_text_or_refuse(rules).splitlines())
        told |= {row["name"]: row["value"] for row in rows if row.get("name")}
    if "forbidden_pairs" in told:
        told["forbidden_pairs"] = [pair.split("|") for pair in told["forbidden_pairs"].split(";")]
    return told
