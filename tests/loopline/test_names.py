"""The names file: what people call the ids."""

from pathlib import Path

import pytest

from loopline.demo import COMPANY_NAMES
from loopline.names import NamesRefused, read_names
from simulator.company import company


def test_the_simulated_company_names_each_of_its_bases() -> None:
    named = {i for i, _, _ in read_names(COMPANY_NAMES)["base"]}

    assert named == {base.name for base in company(1).bases}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[base.qingdao", "is no TOML"),
        ('[base.qingdao]\nzh = "青岛"\n', "base.qingdao.en: Field required"),
        ('[planet.mars]\nzh = "火星"\nen = "Mars"\n', "planet is none of category"),
        ('[base.qingdao]\nzh = ""\nen = "Qingdao"\n', "base.qingdao.zh"),
    ],
)
def test_a_names_file_that_cannot_be_used_is_named_with_its_key(
    tmp_path: Path, text: str, said: str
) -> None:
    path = tmp_path / "names.toml"
    path.write_text(text)

    with pytest.raises(NamesRefused, match=r"names\.toml") as refused:
        read_names(path)

    assert said in str(refused.value)


def test_a_missing_names_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(NamesRefused, match="No such file"):
        read_names(tmp_path / "nothing.toml")
