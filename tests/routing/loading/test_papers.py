"""What the loader gets: a list that can be followed, views to scale, the same bytes every time."""

import re
from xml.etree import ElementTree

import pytest

from routing.loading.entities import Door, LoadPlan, LoadProblem
from routing.loading.figures import figures_of
from routing.loading.picture import VIEWS, View, page_of, svg_of
from routing.loading.steps import steps_of
from tests.routing.loading.builders import box, line, placed, plan, problem, van


def small_load(door: Door = Door.REAR) -> tuple[LoadProblem, LoadPlan]:
    """Two boxes in a tower for stop 2, one beside them for stop 1."""
    given = problem(box(), vehicle=van(door=door), lines=(line(unit_count=2, stop=2), line()))
    return given, plan(
        placed(1, stop=2), placed(2, stop=2, z_mm=500), placed(3, stop=1, x_mm=3_500)
    )


def test_the_list_says_what_stands_on_what_and_how() -> None:
    rows = [step.cells() for step in steps_of(*small_load())]

    assert [(row[0], row[1], row[3], row[-1]) for row in rows] == [
        ("1", "2", "1 of 2", "floor"),
        ("2", "2", "2 of 2", "step 1"),
        ("3", "1", "1 of 1", "floor"),
    ]
    assert rows[0][-2] == "height upright, length along the vehicle"


def test_figures_are_shares_of_the_body() -> None:
    found = figures_of(*small_load())

    assert found.volume_share == pytest.approx(3 * 0.125 / 16)
    assert found.floor_share == pytest.approx(2 * 0.25 / 8)
    assert found.mass_kg == 30
    assert found.centre_x_mm == pytest.approx((250 + 250 + 3_750) / 3)


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_a_view_is_to_scale_and_names_every_unit(view: View) -> None:
    svg = ElementTree.fromstring(svg_of(*small_load(), view))  # noqa: S314 - our own text
    units = svg.findall(".//g")
    widths = [float(unit[1].attrib["width"]) for unit in units]
    whole = svg.find(".//rect[@class='body']")

    assert whole is not None
    share = 500 / {"x": 4_000, "y": 2_000}[view.across]
    assert widths == pytest.approx([share * float(whole.attrib["width"])] * 3, abs=0.1)
    assert {(unit[0].text or "")[:6] for unit in units} == {"step 1", "step 2", "step 3"}


@pytest.mark.parametrize(
    ("door", "drawn"), [(Door.REAR, {"top", "side"}), (Door.SIDE, {"top", "rear"})]
)
def test_the_door_is_drawn_where_it_is_seen_from_its_edge(door: Door, drawn: set[str]) -> None:
    found = {view.name for view in VIEWS if 'class="door"' in svg_of(*small_load(door), view)}

    assert found == drawn


def test_the_page_is_whole_and_the_same_every_time() -> None:
    page = page_of(*small_load())

    assert page == page_of(*small_load())
    assert not re.search(r'(src|href)="', page)
    assert page.count("<svg") == 3
    assert "nothing stays behind" in page


def test_names_are_written_as_text_and_never_as_tags() -> None:
    evil = box("<script>alert(1)</script>")
    page = page_of(problem(evil), plan(placed(1, evil)))

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
