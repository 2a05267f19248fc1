from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emissions.links import Alternative, Assessment, Link, LinkKey, LinkRow, links_of
from schemas.refusal import Refused

ROAD = LinkKey("qingdao~jinan", "road", "artic_over_33t")
AIR = LinkKey("qingdao~urumqi", "air", "air_short_haul")
kilograms = st.decimals("0", "1e6", places=6)


def row(**changed: Any) -> LinkRow:
    plain: dict[str, Any] = {"key": ROAD, "mass_kg": Decimal(1_000), "kgco2e": Decimal(40)}
    return LinkRow(**plain | changed)


def by_rail(**changed: Any) -> Alternative:
    plain: dict[str, Any] = {
        "key": ROAD,
        "chain": "rail",
        "mass_kg": Decimal(1_000),
        "kgco2e": Decimal(15),
        "is_feasible": True,
    }
    return Alternative(**plain | changed)


def only(*alternatives: Alternative) -> Link:
    (link,) = links_of([row()], alternatives)
    return link


def test_what_the_best_feasible_chain_saves_is_avoidable() -> None:
    found = only(by_rail(), by_rail(chain="road and rail", kgco2e=Decimal(20)))

    assert (found.assessment, found.best_chain) == (Assessment.ASSESSED, "rail")
    assert found.avoidable_kgco2e == Decimal(25)
    assert found.avoidable_share == Decimal("0.625")


def test_a_chain_that_cannot_run_avoids_nothing() -> None:
    found = only(by_rail(is_feasible=False), by_rail(chain="road and rail", kgco2e=Decimal(20)))

    assert (found.best_chain, found.avoidable_kgco2e) == ("road and rail", Decimal(20))


@pytest.mark.parametrize("alternatives", [(), (by_rail(is_feasible=False),), (by_rail(key=AIR),)])
def test_without_a_feasible_alternative_a_link_is_not_assessed(
    alternatives: tuple[Alternative, ...],
) -> None:
    found = only(*alternatives)

    assert found.assessment is Assessment.NOT_ASSESSED
    assert found.avoidable_kgco2e is None
    assert found.avoidable_share is None


def test_a_link_that_is_best_already_has_nothing_to_avoid() -> None:
    found = only(by_rail(kgco2e=Decimal(50)))

    assert found.assessment is Assessment.ASSESSED
    assert found.avoidable_kgco2e == 0


def test_a_share_of_nothing_is_unknown() -> None:
    (found,) = links_of([row(kgco2e=Decimal(0))], [by_rail()])

    assert (found.avoidable_kgco2e, found.avoidable_share) == (Decimal(0), None)


def test_the_most_avoidable_link_stands_first_and_the_unknown_last() -> None:
    rows = [
        row(key=AIR, kgco2e=Decimal(9_000)),
        row(),
        row(key=ROAD._replace(lane="qingdao~hefei"), kgco2e=Decimal(100)),
    ]
    alternatives = [by_rail(), by_rail(key=rows[2].key)]

    lanes = [link.key.lane for link in links_of(rows, alternatives)]

    assert lanes == ["qingdao~hefei", "qingdao~jinan", "qingdao~urumqi"]


def test_an_alternative_for_another_mass_is_refused() -> None:
    with pytest.raises(Refused, match="mass_kg 900 is not the 1000 of the link"):
        only(by_rail(mass_kg=Decimal(900)))


@given(data=st.data(), emitted=st.lists(kilograms, min_size=1, max_size=8), best=kilograms)
def test_a_link_is_the_sum_of_its_rows_in_any_sequence(
    data: st.DataObject, emitted: list[Decimal], best: Decimal
) -> None:
    rows = [row(kgco2e=one) for one in emitted]
    alternative = by_rail(mass_kg=Decimal(1_000) * len(rows), kgco2e=best)

    (found,) = links_of(rows, [alternative])

    assert links_of(data.draw(st.permutations(rows)), [alternative]) == (found,)
    assert found.kgco2e == sum(emitted)
    assert found.avoidable_kgco2e == max(Decimal(0), sum(emitted) - best)
