"""What every answer of a quiet topic carries of the record it answers."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from emissions.factor import Factor
from schemas.event import Event, caused_id
from schemas.source import FactorUsed

# Of what leaked nobody has a factor with other potentials in it, so the newest assessment serves.
GWP_SET = "ar6"


class Source(NamedTuple):
    """Where the record that is answered stands in the log."""

    topic: str
    partition: int
    offset: int


def answer_to(
    told: Event, source: Source, factors: Iterable[Factor], *, method_version: str
) -> dict[str, Any]:
    """Return the fields that say what is answered, where it stood, and by which figures.

    The id follows from the record and those figures, so a replay has the same one.
    """
    used = {factor.factor_id: factor for factor in factors}
    return {
        "event_id": caused_id(told.event_id, *used, method_version),
        "source_event_id": told.event_id,
        "source_topic": source.topic,
        "source_partition": source.partition,
        "source_offset": source.offset,
        "factors": [
            FactorUsed(factor_id=name, factor_set=one.set_id, factor_set_sha256=one.set_sha256)
            for name, one in used.items()
        ],
        "gwp_set": GWP_SET,
        "method_version": method_version,
    }
