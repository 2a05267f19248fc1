from pathlib import Path

import pytest

from streams.history.errors import MappingError
from streams.history.mapping import mapping_named, read_mapping
from tests.streams.history.builders import PLACES, file_of, line, mapping_text


def test_a_packaged_mapping_is_found_by_its_name() -> None:
    assert mapping_named("scms").source.id == "scms"


def test_an_unknown_name_tells_the_nearest() -> None:
    with pytest.raises(MappingError, match="no mapping 'smcs'; the nearest is 'scms'"):
        mapping_named("smcs")


def test_a_mapping_file_reads_with_its_places_beside_it(tmp_path: Path) -> None:
    (tmp_path / "m.toml").write_text(mapping_text())
    (tmp_path / "p.csv").write_text(PLACES)

    found = mapping_named(str(tmp_path / "m.toml"))

    assert found.places["p.csv"].find("Works") is not None


def test_a_places_file_that_does_not_exist_yet_knows_no_place(tmp_path: Path) -> None:
    (tmp_path / "m.toml").write_text(mapping_text())

    assert mapping_named(str(tmp_path / "m.toml")).places == {}


def test_a_mapping_file_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match=r"absent\.toml: no such mapping file"):
        mapping_named(str(tmp_path / "absent.toml"))


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("[source]", "[source", "is no UTF-8 TOML"),
        ('id = "small"', 'id = "Small"', "source.id: .*Small"),
        ('encoding = "utf-8"', 'encoding = "utf-16"', "source.encoding: .*utf-16"),
        ('format = "csv"', 'format = "xls"', "source.format: .*xls"),
        ('key = ["ID"]', "key = []", "source.key"),
        ('key = ["ID"]', 'kee = ["ID"]', "source.key: is missing"),
        ('shipment_id = "S', 'shipmentid = "S', "shipment_id: is missing"),
        ('"%d-%b-%y"', '"%d-%b"', "day, month and year"),
        ('"%d-%b-%y"', '"%q"', "does not know"),
        ('Truck = "road"', 'Truck = "rode"', "no mode 'rode'; the nearest is 'road'"),
        ("Direct = true", 'Direct = "yes"', "must be true or false, got 'yes'"),
        ("See line (\\d+)", "See line \\d+", "one group"),
        ("See line (\\d+)", "See line (\\d+", "no regular expression"),
        ('places = "p.csv"\n', "", "needs 'places'"),
        (
            'column = "Country"',
            'colunm = "Country"',
            "colunm: no such key; the nearest is 'column'",
        ),
    ],
)
def test_a_wrong_mapping_names_file_key_and_value(old: str, new: str, sentence: str) -> None:
    text = mapping_text().replace(old, new)

    with pytest.raises(MappingError, match=sentence) as refused:
        read_mapping(text.encode(), file="m.toml")

    assert str(refused.value).startswith("m.toml: ")


def test_a_mapping_needs_a_target() -> None:
    text = mapping_text().partition("[target.order_route]")[0] + "[target]\n"

    with pytest.raises(MappingError, match="needs a target"):
        read_mapping(text.encode(), file="m.toml")


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("17.38405", "97.38405", "p.csv: line 2: lat"),
        ("Hill Works", "Works", "p.csv: line 3: 'Works' is named twice"),
        ("yes", "perhaps", "p.csv: line 3: landlocked"),
        ("note", "remark", "p.csv: line 2: remark"),
    ],
)
def test_a_wrong_places_file_names_row_and_value(old: str, new: str, sentence: str) -> None:
    places = PLACES.replace(old, new, 1)

    with pytest.raises(MappingError, match=sentence):
        read_mapping(mapping_text().encode(), file="m.toml", places=lambda name: places.encode())


def test_the_builders_file_fits_the_builders_mapping() -> None:
    assert file_of(line()).count(b"\n") == 2
