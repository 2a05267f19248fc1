"""Recorded legs run again, page by page; what changed is kept aside until it is appended at once.

Reading and running take minutes for millions of legs, so they stand on one instant beside the
writer; only the appending is a transaction of the sink.
"""

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Self
from uuid import UUID

import duckdb
import msgspec
import pyarrow as pa

from emissions.period import Period
from emissions.question import LegQuestion
from emissions.rerun import Outcome, Recorded, RecordedVersions, Run, Runs, refusing
from emissions.restatement import DeltaRow, Summary, restatement_of
from schemas.event import caused_id
from schemas.refusal import Reason, Refused
from schemas.vocabulary import DistanceMethod
from warehouse.columns import column_of, table
from warehouse.corrections import Values, chains_of, current
from warehouse.fact_leg import LEG
from warehouse.recorded import question_of

#: So many legs are read, run and kept aside at a time.
PAGE_LEGS = 10_000
#: What a restated row names by words until the sink gives the words their keys.
NAMED = ("factor", "method_version")
#: The revision that the chain had when it was read: the row counts only while it is the newest.
READ_REVISION = "read_revision"
NOWHERE = "-"
LAST_ID = UUID(int=2**128 - 1)
_STAMPED_LATER = ("occurred_on", "recorded_at", "recorded_on", "factor_key", "method_version_key")
_NAMES = ("category", "base", "vehicle_class", *NAMED)
_PAGE = """
    select distinct occurred_on, coalesce(correction_of, source_event_id) as root
    from fact_leg_emission
    where occurred_on between ? and ? and (occurred_on > ? or
        coalesce(correction_of, source_event_id) > ?)
    order by occurred_on, root limit ?
"""
_decode = msgspec.json.Decoder(dict[str, Any]).decode
_encode = msgspec.json.Encoder(decimal_format="string").encode


class KeptAside:
    """Rows in a file without a name: however its writer ends, nothing is left of it."""

    def __init__(self, folder: Path | None = None) -> None:
        """Keep nothing yet."""
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed at the end of the block
        self._writer: Any = None
        self.rows = 0

    def add(self, rows: pa.Table) -> None:
        """Keep ``rows`` behind those before."""
        if self._writer is None:
            self._writer = pa.ipc.new_stream(self._file, rows.schema)
        self._writer.write_table(rows)
        self.rows += rows.num_rows

    def tables(self) -> Iterator[pa.Table]:
        """Yield what was kept, a page at a time."""
        if self._writer is None:
            return
        self._writer.close()
        self._file.seek(0)
        with pa.ipc.open_stream(self._file) as kept:
            for batch in kept:
                yield pa.Table.from_batches([batch])

    def __enter__(self) -> Self:
        """Stay as long as the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Forget everything."""
        self._file.close()


@dataclass(frozen=True, slots=True)
class _Known:
    """A chain as it was read: its newest row, its record, and how its recorded versions run."""

    latest: Values
    record: Recorded[LegQuestion]
    old: Run[LegQuestion]


@dataclass(slots=True)
class _Page:
    """The records of one page, those of the same recorded versions together."""

    known: dict[str, _Known] = field(default_factory=dict)
    alike: dict[Run[LegQuestion], list[Recorded[LegQuestion]]] = field(default_factory=dict)

    def add(self, known: _Known) -> None:
        """Take another chain."""
        self.known[known.record.event_id] = known
        self.alike.setdefault(known.old, []).append(known.record)


def legs_in(db: duckdb.DuckDBPyConnection, period: Period) -> int:
    """Return how many legs were recorded for a period, before anything moved them."""
    found = db.execute(
        "select count(*) from fact_leg_emission "
        "where occurred_on between ? and ? and correction_of is null",
        [period.from_on, period.to_on],
    ).fetchall()
    return int(found[0][0])


def restate(
    db: duckdb.DuckDBPyConnection,
    period: Period,
    *,
    versions: RecordedVersions,
    new: Run[LegQuestion],
    keep: KeptAside,
    tell: Callable[[int], None] = lambda _: None,
    page_legs: int = PAGE_LEGS,
) -> Summary:
    """Return what ``new`` changes in the legs of ``period``; nothing is stored.

    Parameters
    ----------
    db
        A connection that shows one instant throughout.
    keep
        Takes the rows to append.
    tell
        Is told after each page how many legs were run; what it raises ends the work.
    """
    names = _names(db)
    kinds = _kinds(db)
    summary = Summary()
    for chains in _pages(db, period, page_legs):
        page = _Page()
        for chain in chains:
            if current(LEG.counted, chain):
                page.add(_known(chain, names, versions))
        for old, records in page.alike.items():
            found = restatement_of(records, Runs(old=old, new_sets=new, new=new))
            summary = summary.plus(found)
            if found.deltas:
                keep.add(_table([_row(page, delta) for delta in found.deltas], kinds))
        tell(summary.records)
    return summary


# -- reading -----------------------------------------------------------------------------------


def _pages(
    db: duckdb.DuckDBPyConnection, period: Period, page_legs: int
) -> Iterator[list[Sequence[Values]]]:
    """Yield chains by the day on which they stand now; one that left the period is left out."""
    after, last = period.from_on - timedelta(days=1), LAST_ID
    while places := db.execute(
        _PAGE, [max(after, period.from_on), period.to_on, after, last, page_legs]
    ).fetchall():
        chains = chains_of(db, LEG, {root for _, root in places})
        yield [chains[root] for day, root in places if chains[root][-1]["occurred_on"] == day]
        after, last = places[-1]


def _names(db: duckdb.DuckDBPyConnection) -> Mapping[str, Mapping[int, str]]:
    return {
        name: dict(db.execute(f"select {name}_key, id from dim_{name}").fetchall())
        for name in _NAMES
    }


def _kinds(db: duckdb.DuckDBPyConnection) -> Mapping[str, Any]:
    """Return the kind of each column of a row to append; words go as words."""
    without = ", ".join(_STAMPED_LATER)
    empty = db.sql(f"select * exclude ({without}) from {LEG.table} limit 0").to_arrow_table()
    kinds = {one.name: _plain(one.type) for one in empty.schema}
    return kinds | dict.fromkeys(NAMED, pa.string()) | {READ_REVISION: pa.int64()}


def _plain(kind: Any) -> Any:
    """Return the kind that plain values fill; of the database's own ones only ids keep theirs."""
    if pa.types.is_dictionary(kind) or kind == pa.json_():
        return pa.string()
    return pa.bool_() if kind == pa.bool8() else kind


def _known(
    chain: Sequence[Values], names: Mapping[str, Mapping[int, str]], versions: RecordedVersions
) -> _Known:
    latest = chain[-1]
    inputs = _decode(latest["extra_inputs"] or "{}")
    words = {name: names[name].get(latest[f"{name}_key"]) for name in _NAMES}
    measures = {name: current(name, chain) for name in LEG.measures}
    outcome = _outcome(latest, measures, words, inputs)
    record = Recorded(
        event_id=str(latest["correction_of"] or latest["source_event_id"]),
        revision=latest["revision"],
        cell=_cell(words, latest["mode"]),
        question=question_of(
            mode=latest["mode"],
            vehicle_class=words["vehicle_class"],
            energy=latest["energy"],
            on=latest["occurred_at"].astimezone(UTC).date(),
            mass_kg=measures["mass_kg"],
            distance_km=measures["distance_km"],
            inputs=inputs,
        ),
        outcome=outcome,
        measures=measures,
    )
    return _Known(latest, record, _old_run(outcome, inputs, versions))


def _cell(words: Mapping[str, str | None], mode: str) -> str:
    """Return production base, category and mode; no base is called ``-``."""
    return f"{words['base'] or NOWHERE}/{words['category']}/{mode}"


def _outcome(
    latest: Values, measures: Values, words: Mapping[str, str | None], inputs: Mapping[str, Any]
) -> Outcome:
    factor_set, _, factor_id = (words["factor"] or "").partition("/")
    return Outcome(
        distance_km=measures["distance_km"],
        distance_kind=latest["distance_kind"],
        distance_method=inputs.get("distance_method", ""),
        transport_tkm=measures["transport_tkm"],
        daf=Decimal(inputs.get("daf", "1")),
        wtt_kgco2e=measures["emission_wtt_kgco2e"],
        ttw_kgco2e=measures["emission_ttw_kgco2e"],
        wtw_kgco2e=measures["emission_wtw_kgco2e"],
        factor_id=factor_id,
        factor_set=factor_set,
        factor_set_sha256=inputs.get("factor_set_sha256") or "",
        method=latest["method"],
        method_version=words["method_version"] or "",
        data_class=latest["dq"],
        basis=inputs.get("basis"),
        gwp_set=inputs.get("gwp_set", ""),
        flags=tuple(inputs.get("flags", ())),
    )


_WITHOUT_DRIVEN_KM = refusing(
    Refused(
        Reason.DISTANCE_MISSING,
        "driven_km is not recorded with distance_method actual, so that the run has no distance",
    )
)


def _old_run(
    outcome: Outcome, inputs: Mapping[str, Any], versions: RecordedVersions
) -> Run[LegQuestion]:
    if outcome.distance_method == DistanceMethod.ACTUAL and "driven_km" not in inputs:
        return _WITHOUT_DRIVEN_KM
    return versions.run(
        factor_set_sha256=outcome.factor_set_sha256, method_version=outcome.method_version
    )


# -- rows to append ------------------------------------------------------------------------------


def _table(rows: Sequence[Values], kinds: Mapping[str, Any]) -> pa.Table:
    return table(
        {name: column_of([row[name] for row in rows], kind) for name, kind in kinds.items()}
    )


def _row(page: _Page, delta: DeltaRow) -> Values:
    """Return a row of differences; its id is the same however often it is computed."""
    known, outcome = page.known[delta.correction_of], delta.outcome
    event_id = caused_id("restatement", delta.correction_of, delta.revision)
    return {
        **known.latest,
        **delta.measures,
        "source_event_id": event_id,
        "event_id": event_id,
        "revision": delta.revision,
        "correction_of": UUID(delta.correction_of),
        "reason": delta.reason.value,
        "distance_kind": outcome.distance_kind,
        "factor": f"{outcome.factor_set}/{outcome.factor_id}",
        "dq": outcome.data_class,
        "method": outcome.method,
        "method_version": outcome.method_version,
        "extra_inputs": _extra_inputs(known, outcome),
        READ_REVISION: known.record.revision,
    }


def _extra_inputs(known: _Known, outcome: Outcome) -> str:
    """Return the recorded inputs with what the number stands on from now on."""
    recorded: str = known.latest["extra_inputs"]
    if outcome is known.record.outcome:
        return recorded
    inputs = _decode(recorded)
    stands_on = {
        "distance_method": outcome.distance_method,
        "daf": str(outcome.daf),
        "flags": _flags(known, outcome.flags),
        "gwp_set": outcome.gwp_set,
        "basis": outcome.basis,
        "factor_set": outcome.factor_set,
        "factor_set_sha256": outcome.factor_set_sha256,
    }
    told = {name: value for name, value in (inputs | stands_on).items() if value is not None}
    return _encode(told).decode()


def _flags(known: _Known, new: Iterable[str]) -> list[str]:
    """Return what the source flagged, and what the new run does; not what the old one did."""
    of_old_run = set(known.old(known.record.question).flags)
    own = [flag for flag in known.record.outcome.flags if flag not in of_old_run]
    return list(dict.fromkeys((*own, *new)))
