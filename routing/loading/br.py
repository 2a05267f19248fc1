"""Benchmark files of container loading (Bischoff and Ratcliff; Davies and Bischoff): text to loads.

A file holds the number of problems; then for each its number and seed, the container's sides, the
number of box types, and a type a line: its number, three sides, each with 1 if it may stand
upright, and the count. All in centimetres; masses are not told.
"""

from collections.abc import Iterator

from routing.loading.entities import GoodsType, LoadLine, LoadProblem, Side, Vehicle

MM_PER_CM = 10
NUMBERS_A_TYPE = 8


class BadBenchmarkFile(ValueError):
    """A text that is no file of container loading problems; the message says where."""


def read_br(text: str, *, name: str) -> tuple[LoadProblem, ...]:
    """Return the problems of a benchmark file, in its sequence.

    Raises
    ------
    BadBenchmarkFile
        If a word is no number, or the file ends too early or goes on too long.

    Examples
    --------
    >>> one, = read_br("1  1 77  587 233 220  1  1 108 0 76 0 30 1 40", name="BR0")
    >>> one.vehicle.length_mm, one.goods["1"].height_mm, one.lines[0].unit_count
    (5870, 300, 40)
    """
    numbers = iter(_numbers(text, name))
    try:
        problems = tuple(_problem(numbers, f"{name}-{index}") for index in range(next(numbers)))
    except (StopIteration, RuntimeError):
        raise BadBenchmarkFile(f"{name}: ends before its last problem does") from None
    if rest := sum(1 for _ in numbers):
        raise BadBenchmarkFile(f"{name}: {rest} numbers follow after its {len(problems)} problems")
    return problems


def _numbers(text: str, name: str) -> list[int]:
    words = text.split()
    for position, word in enumerate(words, 1):
        if not (word.isascii() and word.isdigit()):
            raise BadBenchmarkFile(f"{name}: word {position} is {word!r}, not a whole number")
    return [int(word) for word in words]


def _problem(numbers: Iterator[int], problem_id: str) -> LoadProblem:
    next(numbers), next(numbers)  # its number and the seed that its author drew it with
    length_mm, width_mm, height_mm = (next(numbers) * MM_PER_CM for _ in range(3))
    rows = [[next(numbers) for _ in range(NUMBERS_A_TYPE)] for _ in range(next(numbers))]
    goods = [_goods_type(row) for row in rows]
    return LoadProblem(
        problem_id=problem_id,
        vehicle=Vehicle(
            vehicle_id="container", length_mm=length_mm, width_mm=width_mm, height_mm=height_mm
        ),
        goods={one.goods_type_id: one for one in goods},
        lines=tuple(
            LoadLine(line_id=one.goods_type_id, goods_type_id=one.goods_type_id, unit_count=row[-1])
            for one, row in zip(goods, rows, strict=True)
        ),
    )


def _goods_type(row: list[int]) -> GoodsType:
    name, length, may_length, width, may_width, height, may_height, _ = row
    flags = zip(Side, (may_length, may_width, may_height), strict=True)
    return GoodsType(
        goods_type_id=str(name),
        length_mm=length * MM_PER_CM,
        width_mm=width * MM_PER_CM,
        height_mm=height * MM_PER_CM,
        allowed_up=frozenset(side for side, may in flags if may),
    )
