"""Reading policies: every file, every defect of all of them at once, then the book."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from types import MappingProxyType

from recycling.policy import MAX_UNITS, Policy, PolicyBook, PolicyRule, StackGroup
from recycling.policy_defect import RuleDefect, RuleFileError
from recycling.policy_scope import Provenance
from recycling.policy_toml import ID, Table, scope_of, table_of

POLICIES = Path(__file__).parent / "policies"
MAX_FILES = 1_000
MAX_RANK = 100
AMOUNTS = ("amount_cny_fen", "rate_share", "is_by_model", "is_rate_unknown", "is_estimate_only")


@cache
def packaged_policies() -> PolicyBook:
    """Return the policies of this house; read on the first call, the same object ever after.

    Raises
    ------
    RuleFileError
        With every defect of every file.
    """
    return book_of({path.name: path.read_bytes() for path in sorted(POLICIES.glob("*.toml"))})


def book_of(files: Mapping[str, bytes]) -> PolicyBook:
    """Return the policies in the bytes of some files, by their names.

    Raises
    ------
    RuleFileError
        With every defect of every file, each with file, key and value; so are two policies of
        one group that are in force on the same day, with the names of both files.

    Examples
    --------
    >>> book_of({"a.toml": b'policy_id = "A"'})
    Traceback (most recent call last):
        ...
    recycling.policy_defect.RuleFileError: a.toml: policy_id = A must be lower-case letters, \
digits and underscores, at most 40
    a.toml: version = (nothing) is missing
    a.toml: title = (nothing) is missing
    a.toml: stack_group = (nothing) is missing
    a.toml: stack_rank = (nothing) is missing
    a.toml: valid_from_on = (nothing) is missing
    a.toml: days_provenance = (nothing) is missing
    a.toml: source = (nothing) is missing
    a.toml: rule = (nothing) is missing
    """
    if len(files) > MAX_FILES:
        raise ValueError(f"files must be at most {MAX_FILES}, got {len(files)}")
    policies, defects = [], []
    for file, raw in sorted(files.items()):
        policy, found = policy_of(file, raw)
        defects.extend(found)
        if policy is not None:
            policies.append(policy)
    policies.sort(key=lambda one: (one.stack_group, one.valid_from_on, one.file))
    defects.extend([*_doubles(policies), *_overlaps(policies)])
    if defects:
        raise RuleFileError(defects)
    return PolicyBook(tuple(policies))


def policy_of(file: str, raw: bytes) -> tuple[Policy | None, list[RuleDefect]]:
    """Return the policy in ``raw``, or ``None``, and all that is wrong with it."""
    table = table_of(file, raw)
    if table.defects:
        return None, table.defects
    policy = Policy(
        file=file,
        policy_id=table.name("policy_id"),
        version=table.text("version"),
        title=table.text("title"),
        stack_group=table.one_of("stack_group", StackGroup),
        stack_rank=table.whole("stack_rank", least=1, most=MAX_RANK),
        valid_from_on=table.day("valid_from_on"),
        valid_to_on=table.day_or_none("valid_to_on"),
        days_provenance=table.one_of("days_provenance", Provenance),
        source=table.text("source"),
        note=table.text_or_none("note"),
        allocation=_allocation(table),
        rules=tuple(_rule(one) for one in table.tables("rule")),
    )
    table.blame_unknown()
    if not table.defects:
        table.blame_days(policy.valid_from_on, policy.valid_to_on)
        table.blame_overlaps("rule", "rule_id", [(one.rule_id, one.scope) for one in policy.rules])
    return (None if table.defects else policy), table.defects


def _rule(table: Table) -> PolicyRule:
    told = [name for name in AMOUNTS if name in table.cells]
    if len(told) != 1:
        table.blame("rule_id", f"must tell one of {', '.join(AMOUNTS)}, tells {len(told)}")
    rule = PolicyRule(
        rule_id=table.name("rule_id"),
        scope=scope_of(table, grades=table.grades("grades")),
        amount_cny_fen=table.whole_or_none("amount_cny_fen"),
        rate_share=table.share("rate_share") if table.has("rate_share") else None,
        is_by_model=table.only_true("is_by_model"),
        is_rate_unknown=table.only_true("is_rate_unknown"),
        is_estimate_only=table.only_true("is_estimate_only"),
        cap_cny_fen=table.whole_or_none("cap_cny_fen", least=1),
        quota_units=table.whole_or_none("quota_units", least=1, most=MAX_UNITS),
        clause=table.text("clause"),
        provenance=table.one_of("provenance", Provenance),
        note=table.text_or_none("note"),
    )
    if "cap_cny_fen" in table.cells and not {"rate_share", "is_by_model"} & table.cells.keys():
        table.blame("cap_cny_fen", "limits nothing: it needs rate_share or is_by_model")
    table.blame_unknown()
    return rule


def _allocation(table: Table) -> Mapping[str, Decimal]:
    """The shares by which a sum is given out, each above 0 and together 1."""
    inner = table.table_or_none("allocation")
    if inner is None:
        return MappingProxyType({})
    shares = {}
    for name in inner.cells:
        if ID.fullmatch(name) is None or not name.endswith("_share"):
            inner.blame(name, "must be named in lower case and end in _share")
        shares[name] = inner.share(name)
    if sum(shares.values()) != 1:
        table.blame("allocation", "must come to 1")
    return MappingProxyType(shares)


def _doubles(policies: Sequence[Policy]) -> Iterator[RuleDefect]:
    first: dict[tuple[str, str], Policy] = {}
    for policy in policies:
        known = first.setdefault((policy.policy_id, policy.version), policy)
        if known is not policy:
            message = f"{policy.version} stands twice, also in {known.file}"
            yield RuleDefect(policy.file, "policy_id", policy.policy_id, message)


def _overlaps(policies: Sequence[Policy]) -> Iterator[RuleDefect]:
    """Every policy that begins before the one that lasts longest of those before it is over."""
    longest: dict[StackGroup, Policy] = {}
    for policy in policies:
        before = longest.get(policy.stack_group)
        if before is not None and before.is_in_force(policy.valid_from_on):
            message = (
                f"overlaps {before.file} {before.days}, both of stack_group {policy.stack_group}"
            )
            yield RuleDefect(policy.file, "valid_from_on", policy.days, message)
        if before is None or _end(before) < _end(policy):
            longest[policy.stack_group] = policy


def _end(policy: Policy) -> date:
    return policy.valid_to_on or date.max
