from decimal import Decimal
from pathlib import Path

import pytest

from emissions.defect import FactorFileError
from emissions.parameter import parameter, parameters


def test_every_figure_of_the_method_says_its_unit_and_who_gave_it() -> None:
    assert len(parameters()) > 30
    for one in parameters().values():
        assert one.unit, one
        assert one.source, one
        assert one.source != "unverified" or one.is_assumption, one


def test_a_figure_that_the_table_lacks_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(KeyError):
        parameter("teu.feather.t")


@pytest.mark.parametrize(
    ("parameter_id", "value"),
    [
        ("teu.light.t", "6"),
        ("teu.heavy.t", "14.5"),
        ("air.passenger.kg", "100"),
        ("ropax.artic", "18"),
        ("ropax.rigid", "10"),
        ("ropax.trailer", "14"),
        ("ropax.large_van", "3.5"),
    ],
)
def test_the_figures_of_the_specification_are_packaged(parameter_id: str, value: str) -> None:
    assert parameter(parameter_id).value == Decimal(value)


def test_a_defective_table_is_refused_with_every_defect(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = tmp_path / "parameters.csv"
    table.write_text(
        "parameter_id,value,unit,is_assumption,source,note\n"
        "a,,t,no,somebody,\n"
        "b,1,t,perhaps,somebody,\n"
        "c,1,t,no,somebody,\n"
        "c,2,t,no,somebody,\n",
        encoding="utf-8",
    )
    monkeypatch.setattr("emissions.parameter.TABLE", table)

    with pytest.raises(FactorFileError) as error:
        parameters.__wrapped__()

    assert [(one.line, one.column) for one in error.value.defects] == [
        (2, "value"), (3, "is_assumption"), (5, "parameter_id"),
    ]  # fmt: skip
