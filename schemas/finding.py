"""What an integrity rule saw: a check that failed, with its value, its limit and its outcome."""

from typing import Annotated

from pydantic import Field, StrictBool, StrictInt

from schemas.event import ID_PATTERN, Event, Id, Slug
from schemas.takeback import AggregateSeq
from schemas.vocabulary import AggregateKind, Severity

MAX_SENTENCE_CHARACTERS = 500
RULE_PATTERN = r"^F[0-9]{2}$"

Rule = Annotated[str, Field(pattern=RULE_PATTERN)]
RuleVersion = Annotated[StrictInt, Field(ge=1, le=1_000_000)]
Told = Annotated[str, Field(min_length=1, max_length=MAX_SENTENCE_CHARACTERS, pattern=ID_PATTERN)]


class IntegrityFound(Event):
    """One fact in the life of a finding: it was raised, or somebody decided about it."""

    finding_id: Id
    aggregate_seq: AggregateSeq
    rule: Rule
    rule_version: RuleVersion
    severity: Severity
    kind: AggregateKind
    aggregate_id: Id
    sentence: Told
    value: Told
    limit: Told
    is_open: StrictBool
    is_upheld: StrictBool | None = None
    partner_id: Id | None = None
    category: Slug | None = None
