"""Sets that a user brings, in the cascade."""

from datetime import date
from typing import Any

import pytest

from emissions.defect import FactorFileError
from emissions.explain import explain_leg
from emissions.factor import FactorBook
from emissions.leg import emission_of_leg
from emissions.read import book_with_sets, load_book
from emissions.selection import Asked, Selection, refused_ranks, select
from schemas.refusal import Refused
from tests.emissions.builders import leg
from tests.emissions.factor_files import SET_ID, a_set, plain_row, row

IN_2026 = date(2026, 5, 1)
TOC = row("toc", vehicle_class="northern_line_haul")


def carriers(*rows: dict[str, str], **changed: Any) -> FactorBook:
    return book_with_sets([a_set(*(rows or (TOC,)), verification="user", **changed)])


def asked(toc: str | None = "northern_line_haul", **changed: Any) -> Asked:
    return Asked("road", toc, None, IN_2026, None, False, False, 0)._replace(**changed)


def why(book: FactorBook, question: Asked) -> str:
    return next(one.why for one in refused_ranks(question, book) if one.method == "carrier_toc")


def test_a_carriers_own_figure_answers_at_its_rank() -> None:
    found = select(asked(), carriers())

    assert (found.factor.factor_id, found.method) == (f"{SET_ID}.toc", "carrier_toc")
    assert found.data_class == "primary"
    assert found.flags == ()


def test_the_answer_of_a_leg_records_set_and_rank() -> None:
    book = carriers()

    answer = emission_of_leg(leg(vehicle_class="northern_line_haul", on=IN_2026), book)

    assert answer.method == "carrier_toc"
    assert answer.factor.set_id == SET_ID
    assert len(answer.factor.set_sha256) == 64
    assert answer.gwp_set == "ar6"


def test_the_arithmetic_of_a_carriers_figure_is_explained_to_its_cell() -> None:
    book = carriers()
    question = leg(vehicle_class="northern_line_haul", on=IN_2026)

    told = explain_leg(question, emission_of_leg(question, book), book)

    assert [one.method for one in told.refused_ranks] == ["primary_energy"]
    assert told.method == "carrier_toc"
    assert any("B2" in str(step.cell) for step in told.steps)


def test_a_leg_that_does_not_name_the_category_never_gets_it() -> None:
    answers = [select(asked(toc), carriers()) for toc in (None, "artic_over_33t", "hovercraft")]

    assert {one.factor.set_id for one in answers} == {"defra_2025"}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"vehicle_class": None}, "names no carrier's"),
        ({"vehicle_class": "southern"}, "no carrier's own factor is called southern"),
        ({"on": date(2027, 1, 1)}, "toc is not valid on 2027-01-01"),
        ({"energy": "electric"}, "toc is not of energy=electric"),
        ({"mode": "rail", "default_at": 0}, "no carrier's own factor is called"),
    ],
)
def test_the_rank_says_why_it_gave_nothing(changed: dict[str, Any], said: str) -> None:
    book = carriers()

    assert said in why(book, asked()._replace(**{"energy": "diesel"} | changed))


def test_half_a_figure_of_a_carrier_is_none() -> None:
    half = plain_row("toc", vehicle_class="northern_line_haul", wtt_kgco2e="", cells="ttw=B2")

    found = select(asked(), carriers(half))

    assert found.method == "mode_default"
    assert "has no WTT" in why(carriers(half), asked())


def test_a_parcel_rides_in_a_road_vehicle_of_the_carrier() -> None:
    assert select(asked(mode="parcel"), carriers()).method == "carrier_toc"


def test_the_exact_energy_comes_before_the_mix() -> None:
    mix = row("a_mix", vehicle_class="northern_line_haul", energy="")
    book = carriers(TOC, mix)

    assert select(asked(energy="diesel"), book).factor.factor_id == f"{SET_ID}.toc"
    assert select(asked(energy=None), book).factor.factor_id == f"{SET_ID}.a_mix"
    lng = select(asked(energy="lng"), book)
    assert (lng.factor.factor_id, lng.flags) == (f"{SET_ID}.a_mix", ("energy_mixed",))


def test_metered_energy_beside_a_carriers_figure_is_flagged() -> None:
    found = select(asked(has_kwh=True), carriers())

    assert found.flags == ("metered_energy_unused",)


def lorry(set_id: str, **changed: str) -> Any:
    """A published table with an articulated lorry of China."""
    plain = {"factor_id": f"{set_id}.artic", "vehicle_class": "artic_over_33t"}
    return a_set(row(**plain | changed), set_id=set_id)


def artic(book: FactorBook, on: date = IN_2026) -> Selection:
    return select(asked("artic_over_33t", on=on), book)


def test_a_published_table_of_the_home_country_comes_before_the_british() -> None:
    found = artic(book_with_sets([lorry("glec")]))

    assert (found.factor.set_id, found.method) == ("glec", "class_default")
    assert "proxy_region" not in found.flags


def test_the_order_of_sets_decides_only_between_equals() -> None:
    sets = [lorry("a_table"), lorry("b_table")]

    assert artic(book_with_sets(sets)).factor.set_id == "a_table"
    assert artic(book_with_sets(sets, set_order=("b_table",))).factor.set_id == "b_table"
    british = [lorry("glec", region="gb")]
    on = date(2025, 6, 1)  # the edition of 2025 is valid, that of 2026 is not
    assert artic(book_with_sets(british, set_order=("glec",)), on).factor.set_id == "defra_2025"


def test_a_brought_set_comes_before_a_packaged_one_that_does_equally_well() -> None:
    sets = [
        a_set(
            row(factor_id="z.artic", vehicle_class="artic_over_33t", region="gb", energy="diesel"),
            set_id="z_table", valid_from="2025-01-01", valid_to="2025-12-31", year=2025,
        )
    ]  # fmt: skip

    assert artic(book_with_sets(sets), date(2025, 6, 1)).factor.set_id == "z_table"
    ordered = book_with_sets(sets, set_order=("defra_2025", "z_table"))
    assert artic(ordered, date(2025, 6, 1)).factor.set_id == "defra_2025"


def test_the_order_of_loading_decides_nothing() -> None:
    sets = [lorry("a_table"), lorry("b_table"), lorry("c_table")]

    for order in ((), ("c_table", "a_table")):
        books = [book_with_sets(each, set_order=order) for each in (sets, sets[::-1])]
        assert artic(books[0]) == artic(books[1])
        assert books[0].set_order == books[1].set_order


def test_a_class_that_only_a_brought_table_knows_may_be_named() -> None:
    book = book_with_sets([a_set(row(vehicle_class="road_train"))])

    found = select(asked("road_train", energy="diesel"), book)

    assert (found.method, found.flags) == ("class_default", ())


def test_a_brought_table_changes_no_name_of_the_house() -> None:
    book = book_with_sets([lorry("glec")])

    assert dict(book.vehicle_classes) == dict(load_book().vehicle_classes)


def test_two_sets_with_the_same_row_are_no_book() -> None:
    with pytest.raises(FactorFileError, match="is also in a_table"):
        book_with_sets([lorry("a_table"), lorry("b_table", factor_id="a_table.artic")])


def test_regions_that_may_answer_are_a_setting() -> None:
    american = [lorry("us_table", region="us")]

    assert artic(book_with_sets(american)).factor.set_id == "defra_2025"
    book = book_with_sets(american, region_fallback=("us", "gb"))
    assert artic(book).factor.set_id == "us_table"


def test_without_anything_brought_the_book_is_the_packaged_one() -> None:
    assert book_with_sets([]) is load_book()


def test_a_figure_per_container_is_never_one_per_tonne() -> None:
    ship = plain_row("ship", mode="sea", vehicle_class="feeder", per_unit="teu_km")
    book = book_with_sets([a_set(ship)])

    assert book.candidates(("intensity_tkm", "sea", "feeder")) == ()
    with pytest.raises(Refused, match="vehicle_class=feeder"):
        select(Asked("sea", "feeder", None, IN_2026, None, False, False, None), book)
