"""The body of a command: its evidence, when it happened, and for whom it is asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from recycling.evidence import (
    TIME,
    EvidenceError,
    Field,
    FieldError,
    may,
    one_of,
    read_evidence,
    schema_of,
)
from recycling.vocabulary import Role
from schemas.refusal import shown
from web.partner.problems import Fault, ProblemName, problem
from web.problems import Problem

OCCURRED_AT = may("occurred_at", TIME)
ON_BEHALF_OF = may("on_behalf_of", one_of(Role.CONSUMER))


@dataclass(frozen=True, slots=True)
class Told:
    """What a command's body says; ``evidence`` is as it came, found readable."""

    evidence: Mapping[str, Any]
    occurred_at: datetime | None
    on_behalf_of: Role | None


@dataclass(frozen=True, slots=True)
class CommandBody:
    """Reads the body of one command."""

    evidence: tuple[Field, ...]
    roles: frozenset[Role] = frozenset()

    @property
    def around(self) -> tuple[Field, ...]:
        """What may stand beside the evidence: only who may act for a consumer says so."""
        return (OCCURRED_AT, ON_BEHALF_OF) if Role.CONSUMER in self.roles else (OCCURRED_AT,)

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON Schema of the body."""
        return schema_of((*self.evidence, *self.around))

    def read(self, value: object) -> Told:
        """Return what ``value`` tells.

        Raises
        ------
        Problem
            422 ``evidence-incomplete`` or ``validation-failed`` naming every field that is wrong.
        """
        if not isinstance(value, Mapping):
            raise problem(ProblemName.VALIDATION_FAILED, f"the body {shown(value)} is no object")
        names = {field.name for field in self.around}
        try:
            around = read_evidence(self.around, {k: v for k, v in value.items() if k in names})
            evidence = {k: v for k, v in value.items() if k not in names}
            read_evidence(self.evidence, evidence)
        except EvidenceError as error:
            raise of_evidence(error.errors) from None
        behalf = around.get("on_behalf_of")
        return Told(evidence, around.get("occurred_at"), None if behalf is None else Role(behalf))


def of_evidence(errors: tuple[FieldError, ...]) -> Problem:
    """Return the problem that names every field that is missing or cannot be read."""
    is_missing = all(one.is_missing for one in errors)
    name = ProblemName.EVIDENCE_INCOMPLETE if is_missing else ProblemName.VALIDATION_FAILED
    faults = [Fault(one.pointer, one.value, one.reason) for one in errors]
    return problem(name, f"{errors[0].pointer} {errors[0].reason}", faults=faults)
