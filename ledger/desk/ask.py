"""What can be asked of the desk: a command of a state table, or a noun that the API keeps."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ledger.desk.alert import Alarm
from recycling.facts import Actor
from recycling.vocabulary import AggregateKind

# What the wall may tell beside a body: nobody's body can say who has used which quota.
QUOTA_KEY, NEW_APPLIANCE = "quota_key", "new_appliance"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A command of a state table, as a party asks it.

    Parameters
    ----------
    occurred_at
        When it happened, as the party tells; ``None`` is the instant that is recorded.
    evidence
        What the row of the table needs to be told, as it came: the rules read it strictly.
    facts
        What the wall has looked up itself, from outside the ledger; nobody's body can tell it.
    """

    kind: AggregateKind
    command: str
    by: Actor
    evidence: Mapping[str, Any] = field(default_factory=dict)
    occurred_at: datetime | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """A noun without a state table: it is as it was last told, and every telling is an event.

    Partners, keys, webhook endpoints, uploads and jobs are kept so. Nothing of it is published.

    Parameters
    ----------
    id
        ``None`` gives it a new one.
    must_exist
        Whether it has to be there, or must not be, before; ``None`` where it does not matter.
    secret
        Fields of ``body`` that no answer tells.
    seen_by
        The partner that sees it from its first telling on; ``None`` leaves it to the maker alone.
    private
        What is kept beside it and stands in no event, body or answer.
    """

    kind: str
    id: str | None
    state: str
    type: str
    body: Mapping[str, Any]
    by: Actor
    must_exist: bool | None = None
    secret: frozenset[str] = frozenset()
    seen_by: str | None = None
    private: Mapping[str, Any] | None = None


Asked = Ask | Keep | Alarm
