"""The packaged appliances and vehicles: whole, told as assumptions, and they fit each other."""

from routing.loading.bounds import least_height_mm
from routing.loading.catalogue import appliances, vehicles
from routing.loading.entities import Side


def test_cooling_and_washing_appliances_stand_upright_only() -> None:
    upright = {"refrigerator", "freezer", "washing_machine", "air_conditioner_outdoor"}

    for one in appliances().values():
        if one.category in upright:
            assert one.allowed_up == {Side.HEIGHT}, one.goods_type_id


def test_every_appliance_has_its_mass_and_goes_into_the_largest_body() -> None:
    body = vehicles()["box_9_6"]

    for one in appliances().values():
        assert one.mass_g, one.goods_type_id
        assert least_height_mm(one) <= body.height_mm
        assert one.mix_group == "new"


def test_nothing_stands_on_a_refrigerator_or_a_television() -> None:
    single = {one.category for one in appliances().values() if one.stack_max_count == 1}

    assert {"refrigerator", "television"} <= single
