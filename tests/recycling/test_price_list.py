"""Price lists: what is packaged, and what is refused."""

import pytest

from recycling.policy_defect import RuleFileError
from recycling.price_list import DEMO, PRICE_LISTS, demo_price_list, price_list_of

GOOD = (PRICE_LISTS / DEMO).read_text("utf-8")


def test_the_packaged_list_is_read_once_and_says_that_it_is_invented() -> None:
    one = demo_price_list()

    assert one is demo_price_list()
    assert {row.provenance for row in one.prices} == {"assumption"}
    assert {row.provenance for row in one.conditions} == {"assumption"}
    assert one.source.startswith("invented")


def refused(text: str) -> list[str]:
    with pytest.raises(RuleFileError) as caught:
        price_list_of("prices.toml", text.encode())
    return [str(one) for one in caught.value.defects]


@pytest.mark.parametrize(
    ("good", "bad", "said"),
    [
        ('version = "1"', "version = 1", "prices.toml: version = 1 must be a text"),
        ("valid_from_on = 2023-01-01", "", "valid_from_on = (nothing) is missing"),
        (
            "valid_from_on = 2023-01-01",
            "valid_from_on = 2023-01-01\nvalid_to_on = 2022-12-31",
            "valid_to_on = 2022-12-31 must not be before valid_from_on 2023-01-01",
        ),
        ("price_cny_fen = 4000", "price_cny_fen = 0", "price[1].price_cny_fen = 0 must be a whole"),
        ("price_cny_fen = 4000", "price_cny_fen = 40.0", "price[1].price_cny_fen = 40.0 must be"),
        ('needed_parts = ["motor"]', 'needed_parts = ["soul"]', "condition[2].needed_parts = ["),
        ('refused_forms = ["single_tub"]', "refused_forms = []", "condition[2].refused_forms = []"),
        ('pipe_m = {from = "3"}', "grades = [1]", "condition[1].grades = [1] is unknown"),
        (
            'size_l = {from = "200"}\nprice',
            'size_l = {from = "199"}\nprice',
            "price[2].size_class = refrigerator_from_200_l overlaps price[1]",
        ),
        ('"tv_crt"\ncat', '"freezer"\ncat', "price[8].size_class = freezer stands twice"),
    ],
)
def test_a_defect_names_file_key_and_value(good: str, bad: str, said: str) -> None:
    assert good in GOOD

    lines = refused(GOOD.replace(good, bad))

    assert any(said in line for line in lines), lines


def test_what_is_no_toml_is_one_defect() -> None:
    assert len(refused("[")) == 1
