"""Told goods, lines and vehicles as a load: every defect by row and field, the rest is kept."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from routing.loading.entities import (
    FULL_BP,
    MAX_BOXES,
    MAX_GOODS_TYPES,
    MAX_MASS_G,
    MAX_MIX_GROUPS,
    MAX_SIDE_MM,
    MAX_STOPS,
    Axles,
    Door,
    GoodsType,
    LoadLine,
    LoadProblem,
    Side,
    Vehicle,
)

MAX_TEXT = 200
MAX_SHOWN = 60
G_PER_KG = 1_000

GOODS_FIELDS = frozenset(
    {
        "goods_type_id", "length_mm", "width_mm", "height_mm", "mass_kg", "allowed_up",
        "stack_max_count", "top_load_max_kg", "bearing_kg_per_m2", "is_fragile", "mix_group",
        "category",
    }
)  # fmt: skip
LINE_FIELDS = frozenset({"line_id", "goods_type_id", "unit_count", "stop", "stop_id"})
AXLE_FIELDS = (
    "front_axle_x_mm", "rear_axle_x_mm", "front_empty_kg", "rear_empty_kg", "front_max_kg",
    "rear_max_kg",
)  # fmt: skip
VEHICLE_FIELDS = frozenset(
    {
        "vehicle_id", "length_mm", "width_mm", "height_mm", "payload_kg", "door",
        "off_centre_max_share", "centre_x_min_mm", "centre_x_max_mm", "front_min_share",
        *AXLE_FIELDS,
    }
)  # fmt: skip
PROBLEM_FIELDS = frozenset(
    {
        "schema_version", "problem_id", "vehicle", "vehicles", "goods", "lines", "support_share",
        "keeps_unloading_sequence", "forbidden_pairs",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Defect:
    """One thing that is wrong with the input: where it stands, and what to do about it."""

    where: str
    field: str
    value: str
    sentence: str

    def __str__(self) -> str:
        """Return one line for people."""
        return f"{self.where}: {self.field} {self.value}: {self.sentence}"


class BadLoad(ValueError):
    """An input of which nothing can be planned; ``defects`` names every reason."""

    def __init__(self, defects: Sequence[Defect]) -> None:
        """Keep every defect."""
        super().__init__("; ".join(map(str, defects)))
        self.defects = tuple(defects)


@dataclass(slots=True)
class Row:
    """A row of the input while it is read; what is wrong with it gathers in ``defects``."""

    where: str
    values: Mapping[str, Any]
    defects: list[Defect] = field(default_factory=list)

    def refuse(self, name: str, sentence: str) -> None:
        """Note a defect of a field."""
        self.defects.append(Defect(self.where, name, _shown(self.values.get(name)), sentence))

    def known(self, names: Collection[str]) -> None:
        """Refuse fields that nobody knows."""
        for name in sorted(set(map(str, self.values)) - set(names)):
            self.refuse(name, f"unknown field; known are {', '.join(sorted(names))}")

    def is_told(self, name: str) -> bool:
        """Return whether a field is there and not empty."""
        return self.values.get(name) not in (None, "")

    def text(self, name: str) -> str:
        """Return an identifier."""
        value = self.values.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        if not isinstance(value, str) or not value.strip() or len(value) > MAX_TEXT:
            self.refuse(name, f"must be a text of 1 to {MAX_TEXT} characters")
            return "?"
        return value.strip()

    def number(self, name: str, *, least: Decimal, most: Decimal) -> Decimal:
        """Return a finite number between two limits, both allowed."""
        value = self.values.get(name)
        try:
            if isinstance(value, bool) or not isinstance(value, int | str | float | Decimal):
                raise InvalidOperation
            found = Decimal(str(value))
        except InvalidOperation:
            self.refuse(name, "must be a number")
            return least
        if not found.is_finite() or not least <= found <= most:
            self.refuse(name, f"must be from {least} to {most}")
            return least
        return found

    def whole(self, name: str, *, least: int, most: int) -> int:
        """Return a whole number between two limits."""
        found = self.number(name, least=Decimal(least), most=Decimal(most))
        if found != int(found):
            self.refuse(name, "must be a whole number")
        return int(found)

    def grams(self, name: str, *, least: int = 0) -> int:
        """Return a mass that is told in kilograms with at most three decimals, in grams."""
        least_kg, most_kg = Decimal(least) / G_PER_KG, Decimal(MAX_MASS_G) / G_PER_KG
        found = self.number(name, least=least_kg, most=most_kg) * G_PER_KG
        if found != int(found):
            self.refuse(name, "must have at most three decimals (grams)")
        return int(found)

    def share_bp(self, name: str, *, least: Decimal, most: Decimal) -> int:
        """Return a share of 1 in basis points."""
        found = self.number(name, least=least, most=most) * FULL_BP
        if found != int(found):
            self.refuse(name, "must have at most four decimals")
        return int(found)

    def flag(self, name: str) -> bool:
        """Return a truth value; absent is false."""
        value = self.values.get(name)
        if isinstance(value, bool) or value in (None, ""):
            return bool(value)
        if isinstance(value, str) and value.lower() in {"true", "false"}:
            return value.lower() == "true"
        self.refuse(name, "must be true or false")
        return False


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}..."


def goods_type_of(row: Row) -> GoodsType:
    """Return a row of goods; its defects are in the row."""
    row.known(GOODS_FIELDS)
    return GoodsType(
        goods_type_id=row.text("goods_type_id"),
        length_mm=row.whole("length_mm", least=1, most=MAX_SIDE_MM),
        width_mm=row.whole("width_mm", least=1, most=MAX_SIDE_MM),
        height_mm=row.whole("height_mm", least=1, most=MAX_SIDE_MM),
        mass_g=row.grams("mass_kg", least=1) if row.is_told("mass_kg") else None,
        allowed_up=_allowed_up(row),
        stack_max_count=_optional(row, "stack_max_count", least=1, most=MAX_BOXES),
        top_load_max_g=row.grams("top_load_max_kg") if row.is_told("top_load_max_kg") else None,
        bearing_kg_per_m2=_optional(row, "bearing_kg_per_m2", least=0, most=1_000_000),
        is_fragile=row.flag("is_fragile"),
        mix_group=row.text("mix_group") if row.is_told("mix_group") else None,
        category=row.text("category") if row.is_told("category") else None,
    )


def _optional(row: Row, name: str, *, least: int, most: int) -> int | None:
    return row.whole(name, least=least, most=most) if row.is_told(name) else None


def _allowed_up(row: Row) -> frozenset[Side]:
    """Return the sides that may stand upright; not told means the height only."""
    if not row.is_told("allowed_up"):
        return frozenset({Side.HEIGHT})
    told = row.values["allowed_up"]
    names = told.split("|") if isinstance(told, str) else told
    try:
        found = frozenset(Side(name) for name in names)
    except (TypeError, ValueError):
        found = frozenset()
    if not found:
        row.refuse("allowed_up", f"must name one or more of {', '.join(Side)}")
        return frozenset({Side.HEIGHT})
    return found


def line_of(row: Row, *, number: int) -> LoadLine:
    """Return a row of lines; its defects are in the row."""
    row.known(LINE_FIELDS)
    return LoadLine(
        line_id=row.text("line_id") if row.is_told("line_id") else str(number),
        goods_type_id=row.text("goods_type_id"),
        unit_count=row.whole("unit_count", least=1, most=MAX_BOXES),
        stop=row.whole("stop", least=1, most=MAX_STOPS) if row.is_told("stop") else 1,
        stop_id=row.text("stop_id") if row.is_told("stop_id") else "",
    )


def vehicle_of(row: Row) -> Vehicle:
    """Return a row of vehicles; its defects are in the row."""
    row.known(VEHICLE_FIELDS)
    door = row.values.get("door") or Door.REAR
    if door not in list(Door):
        row.refuse("door", f"must be one of {', '.join(Door)}")
        door = Door.REAR
    off_bp = None
    if row.is_told("off_centre_max_share"):
        off_bp = row.share_bp("off_centre_max_share", least=Decimal(0), most=Decimal("0.5"))
    return Vehicle(
        vehicle_id=row.text("vehicle_id"),
        length_mm=row.whole("length_mm", least=1, most=MAX_SIDE_MM),
        width_mm=row.whole("width_mm", least=1, most=MAX_SIDE_MM),
        height_mm=row.whole("height_mm", least=1, most=MAX_SIDE_MM),
        payload_g=row.grams("payload_kg") if row.is_told("payload_kg") else None,
        door=Door(door),
        axles=_axles(row),
        off_centre_max_bp=off_bp,
        centre_x_min_mm=_optional(row, "centre_x_min_mm", least=0, most=MAX_SIDE_MM),
        centre_x_max_mm=_optional(row, "centre_x_max_mm", least=0, most=MAX_SIDE_MM),
    )


def _axles(row: Row) -> Axles | None:
    told = [name for name in AXLE_FIELDS if row.is_told(name)]
    if not told:
        return None
    for name in AXLE_FIELDS:
        if name not in told:
            row.refuse(name, "is missing; axles need all of " + ", ".join(AXLE_FIELDS))
    if len(told) < len(AXLE_FIELDS):
        return None
    front, rear = (
        row.whole(name, least=-MAX_SIDE_MM, most=MAX_SIDE_MM) for name in AXLE_FIELDS[:2]
    )
    if rear <= front:
        row.refuse("rear_axle_x_mm", f"must be behind the front axle at {front}")
    share_bp = 0
    if row.is_told("front_min_share"):
        share_bp = row.share_bp("front_min_share", least=Decimal(0), most=Decimal(1))
    front_empty_g, rear_empty_g, front_max_g, rear_max_g = map(row.grams, AXLE_FIELDS[2:])
    return Axles(
        front_x_mm=front,
        rear_x_mm=rear,
        front_empty_g=front_empty_g,
        rear_empty_g=rear_empty_g,
        front_max_g=front_max_g,
        rear_max_g=rear_max_g,
        front_min_bp=share_bp,
    )


@dataclass(frozen=True, slots=True)
class Told:
    """A load that can be planned, and the rows that were refused."""

    problem: LoadProblem
    defects: tuple[Defect, ...]
    rows_read: int
    rows_refused: int


def problem_of(
    told: Mapping[str, Any], *, vehicle_id: str | None = None, support_share: str | None = None
) -> Told:
    """Return the load that a document tells: good rows planned, bad ones named.

    Raises
    ------
    BadLoad
        If the vehicle or the rules of the load are wrong, or no line is left.
    """
    top = Row("load", told)
    top.known(PROBLEM_FIELDS)
    vehicle = _vehicle_of(top, vehicle_id)
    support_bp = _support_bp(top, support_share)
    pairs = _forbidden_pairs(top)
    sequence = top.flag("keeps_unloading_sequence")
    if top.defects:
        raise BadLoad(top.defects)
    goods, bad_goods = _goods(_rows(top, "goods"), vehicle)
    lines, bad_lines = _lines(_rows(top, "lines"), goods, bad_goods)
    defects = tuple(defect for row in (*bad_goods.values(), *bad_lines) for defect in row.defects)
    if top.defects or not lines:
        nothing = Defect("load", "lines", str(len(lines)), "no line is left to plan")
        raise BadLoad((*top.defects, *defects, nothing))
    problem = LoadProblem(
        problem_id=top.text("problem_id") if top.is_told("problem_id") else "load",
        vehicle=vehicle,
        goods=goods,
        lines=tuple(lines),
        support_bp=support_bp,
        keeps_unloading_sequence=sequence,
        forbidden_pairs=pairs,
    )
    read = len(goods) + len(lines) + len(bad_goods) + len(bad_lines)
    return Told(problem, defects, read, len(bad_goods) + len(bad_lines))


def _rows(top: Row, name: str) -> list[Mapping[str, Any]]:
    rows = top.values.get(name)
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        top.refuse(name, "must be a list of objects")
        return []
    return rows


def _vehicle_of(top: Row, vehicle_id: str | None) -> Vehicle:
    rows = [top.values["vehicle"]] if "vehicle" in top.values else top.values.get("vehicles")
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        top.refuse("vehicles", "must be a list of objects")
        rows = []
    found = [Row(f"vehicle {n}", row) for n, row in enumerate(rows, 1)]
    chosen = [row for row in found if vehicle_id in (None, str(row.values.get("vehicle_id")))]
    if not chosen:
        sentence = "no such vehicle" if vehicle_id else "a load needs a vehicle"
        top.defects.append(Defect("load", "vehicle", _shown(vehicle_id), sentence))
        return Vehicle(vehicle_id="?", length_mm=1, width_mm=1, height_mm=1)
    vehicle = vehicle_of(chosen[0])
    top.defects += chosen[0].defects
    return vehicle


def _support_bp(top: Row, support_share: str | None) -> int:
    row = top if support_share is None else Row("command", {"support_share": support_share})
    if not row.is_told("support_share"):
        return FULL_BP
    found = row.share_bp("support_share", least=Decimal("0.5"), most=Decimal(1))
    if row is not top:
        top.defects += row.defects
    return found


def _forbidden_pairs(top: Row) -> frozenset[frozenset[str]]:
    told = top.values.get("forbidden_pairs") or []
    pairs = set()
    for pair in told if isinstance(told, list) else [told]:
        names = frozenset(pair) if isinstance(pair, list) else frozenset()
        if len(names) != 2 or not all(isinstance(name, str) and name for name in names):
            top.refuse("forbidden_pairs", "must be a list of pairs of two different groups")
            return frozenset()
        pairs.add(names)
    if len({name for pair in pairs for name in pair}) > MAX_MIX_GROUPS:
        top.refuse("forbidden_pairs", f"may name at most {MAX_MIX_GROUPS} groups")
    return frozenset(pairs)


def _goods(
    rows: Iterable[Mapping[str, Any]], vehicle: Vehicle
) -> tuple[dict[str, GoodsType], dict[str, Row]]:
    """Return the good types by id, and the refused rows by id and number."""
    goods: dict[str, GoodsType] = {}
    refused: dict[str, Row] = {}
    for number, values in enumerate(rows, 1):
        row = Row(f"goods {number}", values)
        one = goods_type_of(row)
        if one.goods_type_id in goods:
            row.refuse("goods_type_id", "is told twice")
        if number > MAX_GOODS_TYPES:
            row.refuse("goods_type_id", f"is over the limit of {MAX_GOODS_TYPES} types")
        if not row.defects and not _goes_into(one, vehicle):
            row.refuse("goods_type_id", f"is larger than the body of vehicle {vehicle.vehicle_id}")
        if row.defects:
            refused[f"{one.goods_type_id}#{number}"] = row
        else:
            goods[one.goods_type_id] = one
    return goods, refused


def _goes_into(one: GoodsType, vehicle: Vehicle) -> bool:
    """Return whether a unit goes into the empty body if it might be turned at will."""
    sides = sorted(one.side_mm(side) for side in Side)
    body = sorted((vehicle.length_mm, vehicle.width_mm, vehicle.height_mm))
    return all(side <= most for side, most in zip(sides, body, strict=True))


def _lines(
    rows: Iterable[Mapping[str, Any]], goods: Mapping[str, GoodsType], bad_goods: Mapping[str, Row]
) -> tuple[list[LoadLine], list[Row]]:
    lines: list[LoadLine] = []
    refused: list[Row] = []
    seen: Counter[str] = Counter()
    units = 0
    bad = {name.rpartition("#")[0] for name in bad_goods}
    for number, values in enumerate(rows, 1):
        row = Row(f"line {number}", values)
        one = line_of(row, number=number)
        if not row.defects and one.goods_type_id not in goods:
            why = "was refused" if one.goods_type_id in bad else "is not among the goods"
            row.refuse("goods_type_id", why)
        if seen[one.line_id]:
            row.refuse("line_id", "is told twice")
        if units + one.unit_count > MAX_BOXES:
            row.refuse("unit_count", f"is over the limit of {MAX_BOXES} units a load")
        seen[one.line_id] += 1
        if row.defects:
            refused.append(row)
        else:
            units += one.unit_count
            lines.append(one)
    return lines, refused
