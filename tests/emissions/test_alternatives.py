import pytest

from emissions import alternatives
from emissions.alternatives import COLUMNS, read_alternatives
from emissions.defect import FactorFileError

HEADER = ",".join(COLUMNS)
GOOD = "A~B,road,rigid,rail,1000,2.5,yes"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("A~B,road,rigid,rail,1000,2.5", "has 6 cells, not 7"),
        (",road,rigid,rail,1000,2.5,yes", "lane"),
        ("A~B,road,rigid,rail,,2.5,yes", "mass_kg"),
        ("A~B,road,rigid,rail,1000,,yes", "kgco2e"),  # unknown is never zero
        ('A~B,road,rigid,rail,1000,"2,5",yes', "is no decimal number"),
        ("A~B,road,rigid,rail,1000,-1,yes", "must not be negative"),
        ("A~B,road,rigid,rail,1000,2.5,maybe", "is none of no, yes"),
    ],
)
def test_a_defect_is_told_with_its_line(line: str, said: str) -> None:
    with pytest.raises(FactorFileError) as refused:
        read_alternatives("a.csv", f"{HEADER}\n{GOOD}\n{line}\n")

    (defect,) = refused.value.defects
    assert str(defect).startswith("a.csv:3")
    assert said in str(defect)


def test_a_header_of_another_file_is_refused() -> None:
    with pytest.raises(FactorFileError) as refused:
        read_alternatives("a.csv", "lane,mode\n")

    assert "header must be lane,mode,vehicle_class" in str(refused.value.defects[0])


def test_more_lines_than_anybody_reads_are_one_defect(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alternatives, "MAX_ALTERNATIVES", 1)

    with pytest.raises(FactorFileError) as refused:
        read_alternatives("a.csv", f"{HEADER}\n{GOOD}\n{GOOD}\n{GOOD}\n")

    assert len(refused.value.defects) == 1
