from collections.abc import Mapping
from decimal import Decimal

import pytest

from emissions.derivation import MAX_DEPTH, CannotDerive, Deriver
from emissions.factor import Factor
from emissions.read import load_book
from tests.emissions.factor_files import SET_ID, a_set, plain_row


def factors(
    *cells: str, constants: Mapping[str, str] | None = None
) -> tuple[Deriver, tuple[Factor, ...]]:
    rows = [
        plain_row(str(at), region=f"r{at}", cells=f"ttw={cell};wtt=C2")
        for at, cell in enumerate(cells)
    ]
    made = a_set(*rows, conversions=dict(constants or {})).factors
    return Deriver({one.factor_id: one for one in made}), made


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("0.84*43.330*0.0202*0.98*44/12", "2.6419028944"),
        ("2+3*4", "14"),
        ("wtt*2", "0.04000"),
        ("wtt+wtt/2", "0.030000"),
        ("wtt*uplift", "0.0230000"),
        (f"{SET_ID}.1*2", "0.16000"),
    ],
)
def test_a_cell_is_the_sum_it_states(cell: str, value: str) -> None:
    deriver, made = factors(cell, "B2", constants={"uplift": "1.15"})

    assert deriver.is_arithmetic(made[0], "ttw")
    assert deriver.value(made[0], "ttw", anew=False) == Decimal(value)


@pytest.mark.parametrize("cell", ["B2", "8/3", "57", "p.80/12", "27_304_1+28_907_2", "row 3*"])
def test_a_place_in_a_document_is_no_sum(cell: str) -> None:
    deriver, made = factors(cell)

    assert not deriver.is_arithmetic(made[0], "ttw")


@pytest.mark.parametrize("cell", [f"{SET_ID}.gone/2", "other.gone*2"])
def test_a_sum_over_a_factor_nobody_has_is_told(cell: str) -> None:
    deriver, made = factors(cell)

    with pytest.raises(CannotDerive, match="gone, which no set holds"):
        deriver.is_arithmetic(made[0], "ttw")


def test_figures_are_taken_as_published_or_derived_anew() -> None:
    deriver, made = factors(f"{SET_ID}.1*1", "0.05*2")

    assert deriver.value(made[0], "ttw", anew=False) == Decimal("0.08000")
    assert deriver.value(made[0], "ttw", anew=True) == Decimal("0.10")


def test_a_circle_of_figures_ends() -> None:
    deriver, made = factors(f"{SET_ID}.1*1", f"{SET_ID}.0*1")

    with pytest.raises(CannotDerive, match=f"more than {MAX_DEPTH}"):
        deriver.value(made[0], "ttw", anew=True)


def test_figures_that_name_each_other_many_times_are_derived_once() -> None:
    deep = ["+".join([f"{SET_ID}.{at + 1}"] * 20) for at in range(MAX_DEPTH)]
    deriver, made = factors(*deep, "B2")

    assert deriver.value(made[0], "ttw", anew=True) == Decimal("0.08") * 20**MAX_DEPTH


@pytest.mark.parametrize(("cell", "why"), [("co2*2", "which is blank"), ("2*1/0", "which is 0")])
def test_a_sum_that_cannot_be_done_says_why(cell: str, why: str) -> None:
    deriver, made = factors(cell)

    with pytest.raises(CannotDerive, match=why):
        deriver.value(made[0], "ttw", anew=False)


def test_every_derived_figure_of_the_packaged_sets_is_the_sum_it_states() -> None:
    book = load_book()
    deriver = Deriver(book.by_id)

    derived = [
        (one, part)
        for one in book.by_id.values()
        for part in ("ttw", "wtt", "co2", "ch4", "n2o")
        if deriver.is_arithmetic(one, part)
    ]

    assert len(derived) >= 28
