"""In which role a party acts: one of its own, or one that follows from the aggregate."""

from recycling.aggregate import Aggregate
from recycling.facts import Facts, told
from recycling.vocabulary import Role


def acting_role(allowed: frozenset[Role], aggregate: Aggregate, facts: Facts) -> Role | None:
    """Return the allowed role that the actor acts in, or ``None`` where it has none."""
    own = sorted(allowed & facts.by.acting)
    if own:
        return own[0]
    related = allowed & {Role.AUTHOR, Role.HOLDER}
    if aggregate.state is None and related:
        return min(related)  # nobody holds what is not there: its state says no, not the role
    if Role.AUTHOR in allowed and _is_author(facts):
        return Role.AUTHOR
    if Role.HOLDER in allowed and facts.by.party_id == aggregate.body.get("holder_id"):
        return Role.HOLDER
    return None


def _is_author(facts: Facts) -> bool:
    """Whether the actor may correct: the author, and the counterpart once it confirmed."""
    original = told(facts.known.original, "original")
    author = original.counterpart_id if original.is_confirmed else original.author_id
    return facts.by.party_id == author
