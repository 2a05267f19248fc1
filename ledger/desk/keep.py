"""Nouns without a state table: told, told again, and every telling kept."""

from ledger.contract import View
from ledger.desk.ask import Keep
from ledger.records import Accepted, Change, Decision, Ref, Refusal


def keep(told: Keep, view: View) -> Decision:
    """Keep a noun as it was told; its answer leaves out what is secret."""
    before = None if told.id is None else view.find(Ref(told.kind, told.id))
    if told.must_exist is not None and told.must_exist is not (before is not None):
        how = "is already there" if before is not None else "is not there"
        return Refusal(code="guard-failed", body={"detail": f"{told.kind} {told.id} {how}"})
    noun_id = told.id or view.new_id()
    change = Change(
        kind=told.kind,
        id=noun_id,
        state=told.state,
        body=told.body,
        type=told.type,
        occurred_at=view.now,
        payload={"by": told.by.party_id},
        topic=None,
        key=noun_id,
    )
    shown = {name: value for name, value in told.body.items() if name not in told.secret}
    version = 1 if before is None else before.version + 1
    body = {**shown, "id": noun_id, "kind": told.kind, "state": told.state, "version": version}
    return Accepted(status=201 if before is None else 200, body=body, changes=(change,))
