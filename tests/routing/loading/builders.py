"""Builders of loads: a small van, a box, a problem; and seeded problems with every rule on."""

import random
from typing import Any

from routing.loading.entities import (
    Axles,
    Door,
    GoodsType,
    LoadLine,
    LoadPlan,
    LoadProblem,
    Placement,
    Side,
    Vehicle,
)

EVERY_SIDE = frozenset(Side)


def van(**changed: Any) -> Vehicle:
    """A body of 4 x 2 x 2 m."""
    plain: dict[str, Any] = {
        "vehicle_id": "van", "length_mm": 4_000, "width_mm": 2_000, "height_mm": 2_000,
    }  # fmt: skip
    return Vehicle(**plain | changed)


def box(goods_type_id: str = "box", **changed: Any) -> GoodsType:
    """A cube of half a metre that weighs 10 kg and may be stacked."""
    plain: dict[str, Any] = {
        "goods_type_id": goods_type_id, "length_mm": 500, "width_mm": 500, "height_mm": 500,
        "mass_g": 10_000,
    }  # fmt: skip
    return GoodsType(**plain | changed)


def line(goods_type_id: str = "box", unit_count: int = 1, stop: int = 1) -> LoadLine:
    return LoadLine(
        line_id=f"{goods_type_id}@{stop}", goods_type_id=goods_type_id, unit_count=unit_count,
        stop=stop,
    )  # fmt: skip


def problem(*goods: GoodsType, lines: tuple[LoadLine, ...] = (), **changed: Any) -> LoadProblem:
    """The goods, one of each unless ``lines`` says otherwise, in the van."""
    goods = goods or (box(),)
    plain: dict[str, Any] = {
        "problem_id": "P-1", "vehicle": van(), "goods": {one.goods_type_id: one for one in goods},
        "lines": lines or tuple(line(one.goods_type_id) for one in goods),
    }  # fmt: skip
    return LoadProblem(**plain | changed)


def placed(step: int = 1, goods: GoodsType | None = None, **changed: Any) -> Placement:
    """A box in the front left corner, as it stands in its drawing."""
    goods = goods or box()
    plain: dict[str, Any] = {
        "step": step, "line_id": f"{goods.goods_type_id}@{changed.get('stop', 1)}",
        "goods_type_id": goods.goods_type_id, "stop": 1, "up": Side.HEIGHT,
        "x_mm": 0, "y_mm": 0, "z_mm": 0,
        "dx_mm": goods.length_mm, "dy_mm": goods.width_mm, "dz_mm": goods.height_mm,
    }  # fmt: skip
    return Placement(**plain | changed)


def plan(*placements: Placement, leftovers: tuple[Any, ...] = ()) -> LoadPlan:
    return LoadPlan(problem_id="P-1", placements=placements, leftovers=leftovers)


def any_problem(seed: int) -> LoadProblem:
    """A seeded load with every rule on, from stacking to axles."""
    dice = random.Random(seed)
    goods = [_any_goods(dice, number) for number in range(dice.randint(1, 6))]
    lines = tuple(
        line(one.goods_type_id, dice.randint(1, 5), stop)
        for one in goods
        for stop in sorted(dice.sample([1, 2, 3], dice.randint(1, 3)))
    )
    mass_g = sum((one.mass_g or 0) * 5 for one in goods)
    return LoadProblem(
        problem_id=f"R-{seed}",
        vehicle=_any_vehicle(dice, mass_g),
        goods={one.goods_type_id: one for one in goods},
        lines=lines,
        support_bp=dice.choice([10_000, 10_000, 9_800, 7_500]),
        keeps_unloading_sequence=dice.random() < 0.7,
        forbidden_pairs=frozenset({frozenset({"new", "old"})}),
    )


def _any_goods(dice: random.Random, number: int) -> GoodsType:
    up = frozenset(dice.sample(list(Side), dice.randint(1, 3)))
    return GoodsType(
        goods_type_id=f"G{number}",
        length_mm=dice.randrange(200, 1_200, 10),
        width_mm=dice.randrange(200, 1_000, 10),
        height_mm=dice.randrange(200, 1_900, 10),
        mass_g=dice.randrange(2_000, 90_000),
        allowed_up=up,
        stack_max_count=dice.choice([None, 1, 2, 3]),
        top_load_max_g=dice.choice([None, 20_000, 60_000, 150_000]),
        bearing_kg_per_m2=dice.choice([None, 50, 200, 600]),
        is_fragile=dice.random() < 0.2,
        mix_group=dice.choice([None, None, "new", "old"]),
    )


def _any_vehicle(dice: random.Random, mass_g: int) -> Vehicle:
    axles = Axles(
        front_x_mm=-900,
        rear_x_mm=2_800,
        front_empty_g=1_100_000,
        rear_empty_g=900_000,
        front_max_g=1_100_000 + dice.randrange(mass_g // 8, mass_g + 10),
        rear_max_g=900_000 + dice.randrange(mass_g // 3, 2 * mass_g),
        front_min_bp=dice.choice([0, 2_000, 4_000]),
    )
    return van(
        payload_g=dice.randrange(mass_g // 3, 2 * mass_g),
        door=dice.choice([Door.REAR, Door.REAR, Door.SIDE]),
        axles=dice.choice([None, axles]),
        off_centre_max_bp=dice.choice([None, 500, 1_000]),
        centre_x_max_mm=dice.choice([None, 2_600]),
    )
