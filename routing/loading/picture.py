"""The picture of a load: three views to scale and one that can be turned, as one page of text.

The page needs no network and no other file. The same plan makes the same bytes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from importlib import resources
from string import Template

from routing.loading.entities import Door, LoadPlan, LoadProblem, Placement
from routing.loading.figures import LoadFigures, figures_of
from routing.loading.steps import COLUMNS, steps_of

VIEW_WIDTH = 900
REAR_WIDTH = 360
LABEL_MIN_PX = 13
MARGIN_PX = 22
DOOR_PX = 5
COLOURS = (
    "#8ecae6", "#ffb703", "#95d5b2", "#f4a5ae", "#cdb4db", "#ffd6a5", "#a0c4ff", "#d9ed92",
    "#e0b1cb", "#b8c0ff",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class View:
    """One side from which a load is drawn: which axis runs right, which up, and what is near."""

    name: str
    title: str
    across: str
    up: str
    near: str
    is_near_high: bool
    width_px: int


# x runs to the rear, y to the driver's right: from above y runs up, and x runs right from the left.
VIEWS = (
    View("top", "Top view", "x", "y", "z", is_near_high=True, width_px=VIEW_WIDTH),
    View("side", "Side view, from the left", "x", "z", "y", is_near_high=False,
         width_px=VIEW_WIDTH),
    View("rear", "Rear view", "y", "z", "x", is_near_high=True, width_px=REAR_WIDTH),
)  # fmt: skip


def page_of(problem: LoadProblem, plan: LoadPlan) -> str:
    """Return the whole page of a plan as HTML."""
    template = resources.files("routing.loading").joinpath("load.html").read_text(encoding="utf-8")
    return Template(template).substitute(
        title=escape(f"{problem.problem_id}: {problem.vehicle.vehicle_id}"),
        figures=_figure_rows(figures_of(problem, plan)),
        leftovers=_leftover_rows(plan),
        steps=_step_rows(problem, plan),
        headings="".join(f"<th>{escape(name)}</th>" for name in COLUMNS),
        legend=_legend(problem, plan),
        views="\n".join(svg_of(problem, plan, view) for view in VIEWS),
        body=f"[{problem.vehicle.length_mm},{problem.vehicle.width_mm},{problem.vehicle.height_mm}]",
        door=problem.vehicle.door.value,
        boxes=_boxes(problem, plan),
    )


def svg_of(problem: LoadProblem, plan: LoadPlan, view: View) -> str:
    """Return one view as SVG: to scale, each unit with its stop and step, the door marked."""
    sides = _sides(problem)
    scale = (view.width_px - 2 * MARGIN_PX) / sides[view.across]
    height_px = sides[view.up] * scale + 2 * MARGIN_PX
    far_first = sorted(plan.placements, key=lambda one: (_nearness(one, view), one.step))
    label = f"{view.title}: {len(plan.placements)} units in {problem.vehicle.vehicle_id}"
    units = "".join(_unit(problem, one, view, scale, sides[view.up]) for one in far_first)
    return (
        f'<figure><figcaption>{escape(view.title)}</figcaption><svg class="{view.name}" '
        f'viewBox="0 0 {view.width_px} {height_px:.1f}" role="img" aria-label="{escape(label)}">'
        f'<rect x="{MARGIN_PX}" y="{MARGIN_PX}" width="{sides[view.across] * scale:.1f}" '
        f'height="{sides[view.up] * scale:.1f}" class="body"/>{units}'
        f"{_door(problem, view, scale, sides)}</svg></figure>"
    )


def _sides(problem: LoadProblem) -> dict[str, int]:
    body = problem.vehicle
    return {"x": body.length_mm, "y": body.width_mm, "z": body.height_mm}


def _nearness(one: Placement, view: View) -> int:
    """Return how near a unit is to the eye: what is drawn later covers what is drawn before."""
    at, size = getattr(one, f"{view.near}_mm"), getattr(one, f"d{view.near}_mm")
    return int(at + size) if view.is_near_high else -int(at)


def _unit(problem: LoadProblem, one: Placement, view: View, scale: float, most: int) -> str:
    at, size = getattr(one, f"{view.across}_mm"), getattr(one, f"d{view.across}_mm")
    low, high = getattr(one, f"{view.up}_mm"), getattr(one, f"d{view.up}_mm")
    x, y = MARGIN_PX + at * scale, MARGIN_PX + (most - low - high) * scale
    width, height = size * scale, high * scale
    text = ""
    if min(width, height) >= LABEL_MIN_PX:
        label = f"{one.stop}" if width < 3 * LABEL_MIN_PX else f"{one.stop} / {one.step}"
        text = f'<text x="{x + width / 2:.1f}" y="{y + height / 2 + 4:.1f}">{label}</text>'
    name = escape(f"step {one.step}, stop {one.stop}: {one.goods_type_id}")
    return (
        f'<g><title>{name}</title><rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" '
        f'height="{height:.1f}" fill="{_colour(problem, one)}"/>{text}</g>'
    )


def _door(problem: LoadProblem, view: View, scale: float, sides: dict[str, int]) -> str:
    """Return a thick line where the door is, with the word; face to face with it, the word only."""
    axis = "x" if problem.vehicle.door is Door.REAR else "y"
    along, high, edge = sides[view.across] * scale, sides[view.up] * scale, float(MARGIN_PX)
    if axis not in (view.across, view.up):
        words = "seen through the door" if view.is_near_high else "the door is on the far side"
        return f'<text x="{edge + along / 2:.1f}" y="14">{words}</text>'
    x, y, width, height = edge + along, edge, float(DOOR_PX), high
    if view.up == axis:
        x, y, width, height = edge, edge - DOOR_PX, along, float(DOOR_PX)
    return (
        f'<rect class="door" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"/>'
        f'<text x="{edge + along - 4:.1f}" y="14" class="doorname">door</text>'
    )


def _types(plan: LoadPlan) -> Sequence[str]:
    return sorted({one.goods_type_id for one in plan.placements})


def _colour(problem: LoadProblem, one: Placement) -> str:
    return COLOURS[list(problem.goods).index(one.goods_type_id) % len(COLOURS)]


def _legend(problem: LoadProblem, plan: LoadPlan) -> str:
    firsts = {one.goods_type_id: one for one in reversed(plan.placements)}
    return "".join(
        f'<li><span style="background:{_colour(problem, firsts[name])}"></span>{escape(name)}</li>'
        for name in _types(plan)
    )


def _boxes(problem: LoadProblem, plan: LoadPlan) -> str:
    """Return the units as a list of numbers that the page's script reads."""
    names = list(problem.goods)
    rows = (
        f"[{one.x_mm},{one.y_mm},{one.z_mm},{one.dx_mm},{one.dy_mm},{one.dz_mm},{one.stop},"
        f"{one.step},{names.index(one.goods_type_id) % len(COLOURS)}]"
        for one in plan.placements
    )
    return f"[{','.join(rows)}]"


def _cells(cells: Sequence[str]) -> str:
    return "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"


def _step_rows(problem: LoadProblem, plan: LoadPlan) -> str:
    return "\n".join(_cells(step.cells()) for step in steps_of(problem, plan))


def _leftover_rows(plan: LoadPlan) -> str:
    rows = (
        _cells((one.line_id, one.goods_type_id, str(one.unit_count), one.reason, one.sentence))
        for one in plan.leftovers
    )
    return "\n".join(rows) or '<tr><td colspan="5">nothing stays behind</td></tr>'


def _figure_rows(figures: LoadFigures) -> str:
    return "\n".join(
        f"<tr><th>{name}</th><td>{escape(value)}</td></tr>" for name, value in _told(figures)
    )


def _told(figures: LoadFigures) -> Iterator[tuple[str, str]]:
    yield "units loaded / left", f"{figures.unit_count} / {figures.left_count}"
    yield "volume", f"{figures.volume_m3:.3f} m3, {100 * figures.volume_share:.2f} %"
    yield "floor", f"{100 * figures.floor_share:.2f} %, {figures.floor_length_mm / 1000:.3f} m used"
    yield "mass", _mass(figures)
    yield "centre of gravity x / y / z", _centre(figures)
    if figures.front_axle_kg is not None and figures.rear_axle_kg is not None:
        yield "front / rear axle", f"{figures.front_axle_kg:.1f} / {figures.rear_axle_kg:.1f} kg"


def _mass(figures: LoadFigures) -> str:
    if figures.mass_kg is None:
        return "not told"
    if figures.mass_share is None:
        return f"{figures.mass_kg:.3f} kg"
    return f"{figures.mass_kg:.3f} kg, {100 * figures.mass_share:.2f} % of the payload"


def _centre(figures: LoadFigures) -> str:
    values = (figures.centre_x_mm, figures.centre_y_mm, figures.centre_z_mm)
    return " / ".join("-" if value is None else f"{value:.0f}" for value in values) + " mm"
