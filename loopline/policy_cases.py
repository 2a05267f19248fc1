"""Cases put to the policies: read strictly, every defect named by case and field."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any, TypeVar

from recycling.policy import (
    MAX_UNITS,
    Outcome,
    PastGrant,
    PolicyBook,
    PolicyItem,
    StackGroup,
    day_in_shanghai,
)
from recycling.policy_scope import ApplianceCategory, ApplianceForm, Measure
from recycling.policy_toml import GRADES, MAX_FEN
from schemas.event import DAY_PATTERN, instant
from schemas.refusal import shown

MAX_CASES = 100_000
MAX_HISTORY = 1_000
MAX_TEXT = 200
SIZES = (Measure.SIZE_INCH, Measure.SIZE_KG, Measure.SIZE_L)
NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,6})?", re.ASCII)
# When a policy is asked: on the day something new is bought, or something old is treated.
GROUPS_OF: Mapping[str, tuple[StackGroup, ...]] = MappingProxyType(
    {
        "bought": (StackGroup.STATE_TRADE_IN, StackGroup.MAKER_TRADE_IN),
        "treated": (StackGroup.TREATMENT_FUND,),
    }
)
TIMES = tuple(f"{what}_{kind}" for what in GROUPS_OF for kind in ("on", "at"))

Word = TypeVar("Word", bound=StrEnum)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a case should come to; what is ``None`` in both was not told."""

    has_amount: bool
    amount_cny_fen: int | None
    outcomes: Mapping[StackGroup, Outcome]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One question to the policies, and the answer its author expects, if told."""

    case_id: str
    on: date
    item: PolicyItem
    history: tuple[PastGrant, ...]
    stack_groups: tuple[StackGroup, ...]
    expected: Expected | None


@dataclass(frozen=True, slots=True)
class CaseFile:
    """All cases of a file, and the maker's amounts by model, if it has them."""

    cases: tuple[Case, ...]
    model_amounts_cny_fen: Mapping[str, int] | None


class BadCases(Exception):
    """A file of cases that cannot be asked; ``defects`` names each case and field."""

    def __init__(self, defects: Sequence[str]) -> None:
        """Keep every defect."""
        super().__init__("; ".join(defects))
        self.defects = tuple(defects)


class _Fields:
    """The fields of one object, read by name; what is wrong is noted under its place."""

    def __init__(self, place: str, value: Any, defects: list[str]) -> None:
        self.place = place
        self.defects = defects
        self.cells: Mapping[str, Any] = value if isinstance(value, dict) else {}
        self.asked: set[str] = set()
        if not isinstance(value, dict):
            defects.append(f"{place} must be an object, got {shown(value)}")

    def blame(self, field: str, message: str) -> None:
        told = f", got {shown(self.cells[field])}" if field in self.cells else ""
        self.defects.append(f"{self.place}: {shown(field)} {message}{told}")

    def has(self, field: str) -> bool:
        self.asked.add(field)
        return field in self.cells

    def value(self, field: str, holds: Callable[[Any], bool], message: str) -> Any:
        """The value if it holds, else ``None`` and a defect."""
        if not self.has(field):
            self.blame(field, "is missing")
        elif not holds(self.cells[field]):
            self.blame(field, message)
        else:
            return self.cells[field]
        return None

    def whole(self, field: str, *, least: int = 0, most: int = MAX_FEN) -> int | None:
        message = f"must be a whole number from {least} to {most}"
        found: int | None = self.value(field, lambda v: _is_whole(v, least, most), message)
        return found

    def text(self, field: str) -> str | None:
        message = f"must be a text of 1 to {MAX_TEXT} characters"
        found: str | None = self.value(field, _is_text, message)
        return found

    def word(self, field: str, words: Collection[Word]) -> Word | None:
        message = f"is none of {', '.join(words)}"
        found = self.value(field, lambda v: isinstance(v, str) and v in {*words}, message)
        return None if found is None else next(one for one in words if one == found)

    def rows(self, field: str, most: int) -> list[Any]:
        message = f"must be a list of at most {most}"
        found = self.value(field, lambda v: isinstance(v, list) and len(v) <= most, message)
        return [] if found is None else found

    def done(self) -> None:
        for field in sorted(self.cells.keys() - self.asked):
            self.blame(field, "is unknown")


def cases_of(read: Any, book: PolicyBook) -> CaseFile:
    """Return the cases of a file: a list, or an object with ``cases`` and ``model_list``.

    Raises
    ------
    BadCases
        With every defect, each naming its case, its field and the value.
    """
    defects: list[str] = []
    whole = _Fields("the file", {"cases": read} if isinstance(read, list) else read, defects)
    policy_ids = {one.policy_id for one in book.policies}
    cases = tuple(
        _case(n, row, policy_ids, defects)
        for n, row in enumerate(whole.rows("cases", MAX_CASES), 1)
    )
    models = _models(whole) if whole.has("model_list") else None
    whole.done()
    if defects:
        raise BadCases(defects)
    return CaseFile(tuple(case for case in cases if case is not None), models)


def _models(whole: _Fields) -> Mapping[str, int]:
    inner = _Fields("model_list", whole.cells["model_list"], whole.defects)
    found = {model: inner.whole(model) for model in inner.cells}
    return MappingProxyType({model: fen for model, fen in found.items() if fen is not None})


def _case(n: int, row: Any, policy_ids: Collection[str], defects: list[str]) -> Case | None:
    before = len(defects)
    fields = _Fields(f"case {n}", row, defects)
    case_id = fields.text("id") if fields.has("id") else str(n)
    on, groups = _when(fields)
    stack_groups = _groups(fields, groups)
    item = _item(fields)
    history = _history(fields, policy_ids)
    expected = _expected(fields, stack_groups) if fields.has("expected") else None
    fields.done()
    if len(defects) > before or case_id is None or on is None or item is None:
        return None
    return Case(
        case_id=case_id,
        on=on,
        item=item,
        history=history,
        stack_groups=stack_groups,
        expected=expected,
    )


def _when(fields: _Fields) -> tuple[date | None, tuple[StackGroup, ...]]:
    """The day in Asia/Shanghai, and which groups are asked on such an occasion."""
    told = [name for name in TIMES if fields.has(name)]
    if len(told) != 1:
        fields.blame(TIMES[0], f"or one other of {', '.join(TIMES)} must be told, and only one")
        return None, ()
    occasion, _, kind = told[0].partition("_")
    try:
        text = fields.cells[told[0]]
        on = _day(text) if kind == "on" else day_in_shanghai(instant(_text(text)))
    except ValueError as error:
        fields.blame(told[0], f"({error})")
        on = None
    return on, GROUPS_OF[occasion]


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("must be a text")
    return value


def _day(value: Any) -> date:
    if re.fullmatch(DAY_PATTERN, _text(value)) is None:
        raise ValueError("must be a day such as 2026-01-01")
    return date.fromisoformat(value)


def _groups(fields: _Fields, groups: tuple[StackGroup, ...]) -> tuple[StackGroup, ...]:
    """Those the case asks; untold, the first of its occasion."""
    if not fields.has("stack_groups") or not groups:
        return groups[:1]
    message = f"must be a list, each once, of {', '.join(groups)}"
    found = fields.value("stack_groups", lambda v: _is_choice(v, groups), message)
    return () if found is None else tuple(StackGroup(one) for one in found)


def _item(fields: _Fields) -> PolicyItem | None:
    category = fields.word("category", [*ApplianceCategory])
    found: dict[str, Any] = {
        "form": fields.word("form", [*ApplianceForm]) if fields.has("form") else None,
        "grade": fields.whole("grade", least=GRADES[0], most=GRADES[-1])
        if fields.has("grade")
        else None,
        "price_cny_fen": fields.whole("price_cny_fen") if fields.has("price_cny_fen") else None,
        "model": fields.text("model") if fields.has("model") else None,
    }
    message = 'must be a number above 0, such as "14" or 14'
    sizes = {name: fields.value(name, _is_size, message) for name in SIZES if fields.has(name)}
    measures = {name: Decimal(size) for name, size in sizes.items() if size is not None}
    return None if category is None else PolicyItem(category=category, measures=measures, **found)


def _history(fields: _Fields, policy_ids: Collection[str]) -> tuple[PastGrant, ...]:
    grants = []
    rows = fields.rows("history", MAX_HISTORY) if fields.has("history") else []
    for n, row in enumerate(rows, 1):
        inner = _Fields(f"{fields.place}: history {n}", row, fields.defects)
        message = f"is none of {', '.join(sorted(policy_ids))}"
        policy_id = inner.value("policy_id", lambda v: _is_text(v) and v in policy_ids, message)
        category = inner.word("category", [*ApplianceCategory])
        units = inner.whole("units", most=MAX_UNITS) if inner.has("units") else 1
        inner.done()
        if policy_id is not None and category is not None and units is not None:
            grants.append(PastGrant(policy_id=policy_id, category=category, units=units))
    return tuple(grants)


def _expected(fields: _Fields, groups: tuple[StackGroup, ...]) -> Expected:
    inner = _Fields(f"{fields.place}: expected", fields.cells["expected"], fields.defects)
    has_amount = inner.has("amount_cny_fen")
    is_none = has_amount and inner.cells["amount_cny_fen"] is None
    amount = inner.whole("amount_cny_fen") if has_amount and not is_none else None
    outcomes: dict[StackGroup, Outcome] = {}
    if inner.has("outcome") and len(groups) == 1:
        outcome = inner.word("outcome", [*Outcome])
        outcomes = {} if outcome is None else {groups[0]: outcome}
    elif inner.has("outcome"):
        by_group = _Fields(f"{inner.place}: outcome", inner.cells["outcome"], fields.defects)
        told = {one: by_group.word(one, [*Outcome]) for one in groups if by_group.has(one)}
        by_group.done()
        outcomes = {group: outcome for group, outcome in told.items() if outcome is not None}
    if not inner.cells.keys() & {"amount_cny_fen", "outcome"}:
        inner.blame("amount_cny_fen", "or outcome must be told")
    inner.done()
    return Expected(has_amount=has_amount, amount_cny_fen=amount, outcomes=outcomes)


def _is_whole(value: Any, least: int, most: int) -> bool:
    return type(value) is int and least <= value <= most


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip()) and len(value) <= MAX_TEXT


def _is_size(value: Any) -> bool:
    if not isinstance(value, str | int | Decimal) or isinstance(value, bool):
        return False
    return NUMBER.fullmatch(str(value)) is not None and Decimal(value) > 0


def _is_choice(value: Any, groups: Collection[str]) -> bool:
    if not isinstance(value, list) or not value or not all(isinstance(v, str) for v in value):
        return False
    return len(set(value)) == len(value) and set(value) <= set(groups)
