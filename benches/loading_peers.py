"""What other packers of the package index make of the same loads; absent ones are left out."""

import time
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version

from routing.loading.entities import LoadProblem, Side

MARGIN_S = 4  # a peer's own limit is by the wall clock: it gets this many times the budget
FREE_MASS = 1e12

Peer = Callable[[LoadProblem, float], float]


def peers() -> dict[str, Peer]:
    """Return the peers that are installed, by name and version."""
    found: dict[str, Peer] = {}
    for name, words, run in (
        ("py3dbp", "free rotation, no support", py3dbp_share),
        ("packvium", "full support", packvium_share),
        ("packvium", "no support", packvium_free_share),
    ):
        try:
            found[f"{name} {version(name)}, {words}"] = run
        except PackageNotFoundError:
            print(f"{name} is not installed: pip install 'loopline[bench]'")
    return found


def measured(peer: Peer, problem: LoadProblem, budget_s: float) -> tuple[float, float]:
    """Return the share of the volume that a peer fills, and the CPU seconds it took."""
    begun_s = time.process_time()
    share = peer(problem, budget_s)
    return share, time.process_time() - begun_s


def py3dbp_share(problem: LoadProblem, budget_s: float) -> float:
    """Return the better of largest first and smallest first.

    It knows neither upright sides nor support and has no budget: an easier problem than ours.
    """
    return max(_py3dbp(problem, bigger_first=True), _py3dbp(problem, bigger_first=False))


def _py3dbp(problem: LoadProblem, *, bigger_first: bool) -> float:
    from py3dbp import Bin, Item, Packer

    body = problem.vehicle
    packer = Packer()
    packer.add_bin(Bin("body", body.length_mm, body.width_mm, body.height_mm, FREE_MASS))
    for line in problem.lines:
        one = problem.goods[line.goods_type_id]
        for number in range(line.unit_count):
            packer.add_item(
                Item(f"{line.line_id}-{number}", one.length_mm, one.width_mm, one.height_mm, 1)
            )
    packer.pack(bigger_first=bigger_first, number_of_decimals=0)
    filled = sum(int(item.get_volume()) for item in packer.bins[0].items)
    return filled / body.volume_mm3


def packvium_share(problem: LoadProblem, budget_s: float) -> float:
    """Return what its ``fast`` profile fills with full support and the same upright sides.

    The profiles ``balanced`` and ``quality`` fill less with support when the time is limited.
    """
    return _packvium(problem, budget_s, support=1.0)


def packvium_free_share(problem: LoadProblem, budget_s: float) -> float:
    """Return what it fills with the same upright sides and no support: easier than ours."""
    return _packvium(problem, budget_s, support=0.0)


def _packvium(problem: LoadProblem, budget_s: float, *, support: float) -> float:
    from packvium import Container, Dimensions, Item, Packer, PackingConfig

    body, goods = problem.vehicle, problem.goods
    items = [
        Item.create(
            line.line_id,
            Dimensions.mm(
                str(goods[line.goods_type_id].length_mm),
                str(goods[line.goods_type_id].width_mm),
                str(goods[line.goods_type_id].height_mm),
            ),
            quantity=line.unit_count,
            allowed_rotations=_rotations(goods[line.goods_type_id].allowed_up),
        )
        for line in problem.lines
    ]
    config = PackingConfig.fast(
        minimum_support_ratio=support,
        time_limit_ms=int(1_000 * MARGIN_S * budget_s),
        max_containers=1,
    )
    sides = (str(body.length_mm), str(body.width_mm), str(body.height_mm))
    box = Container.create("body", Dimensions.mm(*sides), quantity=1)
    result = Packer(config).pack(items=items, containers=[box])
    volumes = {line.line_id: goods[line.goods_type_id].volume_mm3 for line in problem.lines}
    placed = [one for container in result.containers for one in container.placements]
    return sum(volumes[one.instance.item.id] for one in placed) / body.volume_mm3


def _rotations(allowed_up: frozenset[Side]) -> Sequence[object]:
    """Return the rotations that put an allowed side upright: the last letter is the upright one."""
    from packvium import Rotation

    letters = {Side.LENGTH: "L", Side.WIDTH: "W", Side.HEIGHT: "H"}
    upright = {letters[side] for side in allowed_up}
    return tuple(one for one in Rotation if one.value[-1] in upright)
