"""Finds what an id names in the warehouse, and has the engine do each result's sum again."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from decimal import Decimal
from typing import Any

from emissions.allocation import Weight, allocate_both
from emissions.explain_allocation import explain_allocation
from emissions.explanation import ExplainMismatch
from emissions.factor import FactorBook, FactorSet
from emissions.read import book_of_only
from emissions.weight import direct_weight
from loopline.done_again import (
    Sum,
    forklift_sum,
    hub_sum,
    leg_sum,
    parts_of,
    refrigerant_sum,
)
from schemas.refusal import Refused
from warehouse.results import (
    MAX_FELLOWS,
    Fellow,
    Stored,
    consignments_of,
    fellows_of,
    forklift_intervals,
    hub_months,
    refrigerants,
)
from warehouse.sums import Query
from warehouse.trace import Leg, Revision, consignment, leg_of, shipment
from web.explained import KINDS, Explained, ExplainedResult

ZERO = Decimal(0)
#: A shipment of more rows is explained in part, and said to be.
MAX_ROWS = 5_000


class Explanations:
    """Explains what is stored, on the factor sets that it was recorded under."""

    def __init__(
        self,
        reading: Callable[[], AbstractContextManager[Query]],
        book: FactorBook,
        sets: Sequence[FactorSet],
    ) -> None:
        """Know today's book, and every set that a recorded number may stand on."""
        self._reading = reading
        self._book = book
        self._sets = {one.sha256: one for one in sets}

    def learn(self, sets: Iterable[FactorSet]) -> None:
        """Know ``sets`` too, such as those approved since."""
        self._sets |= {one.sha256: one for one in sets}

    def find(self, identifier: str, kind: str | None = None) -> Explained | None:
        """Return what is stored under an id with its arithmetic, None where nothing is.

        Parameters
        ----------
        kind
            One of ``KINDS``, where several things are called so; else the first that is.
        """
        looks = (self._shipment, self._leg, self._unit, self._interval, self._month)
        with self._reading() as query:
            for name, look in zip(KINDS, looks, strict=True):
                found = look(identifier, query) if kind in (None, name) else None
                if found is not None:
                    return found
        return None

    # -- what an id may name -------------------------------------------------------------------

    def _shipment(self, identifier: str, query: Query) -> Explained | None:
        found = shipment(identifier, query, max_rows=MAX_ROWS)
        if found is None:
            return None
        return Explained(
            kind="shipment",
            asked=identifier,
            results=[self._leg_result(leg) for leg in found.legs if not leg.is_void],
            emission=parts_of(found.emission),
            is_cut=found.is_cut,
        )

    def _leg(self, identifier: str, query: Query) -> Explained | None:
        leg = leg_of(identifier, query)
        return None if leg is None else _all_of("leg", identifier, [self._leg_result(leg)])

    def _unit(self, identifier: str, query: Query) -> Explained | None:
        """A unit's part of each leg that it travelled, and its refrigerant."""
        results: list[ExplainedResult] = []
        for consignment_id in consignments_of(identifier, query):
            for leg in consignment(consignment_id, query):
                results += self._shares(identifier, leg, consignment_id, query)
        results += [
            self._stored_result("refrigerant", one, refrigerant_sum(one))
            for one in refrigerants(identifier, query)
        ]
        return _all_of("unit", identifier, results)

    def _interval(self, identifier: str, query: Query) -> Explained | None:
        found = forklift_intervals(identifier, query)
        kind = "forklift_interval"
        results = [self._stored_result(kind, one, forklift_sum(one)) for one in found]
        return _all_of(kind, identifier, results)

    def _month(self, identifier: str, query: Query) -> Explained | None:
        found = hub_months(identifier, query)
        results = [self._stored_result("hub_month", one, hub_sum(one)) for one in found]
        return _all_of("hub_month", identifier, results)

    # -- results ---------------------------------------------------------------------------------

    def _leg_result(self, leg: Leg) -> ExplainedResult:
        events = [_event(one, leg.inputs) for one in leg.revisions]
        return self._result("leg", leg.leg_id, parts_of(leg.emission), events, leg_sum(leg))

    def _stored_result(self, kind: str, stored: Stored, done: Sum) -> ExplainedResult:
        return self._result(kind, stored.result_id, stored.emission, stored.events, done)

    def _shares(
        self, unit_id: str, leg: Leg, consignment_id: str, query: Query
    ) -> Iterator[ExplainedResult]:
        """Yield a unit's part of a leg, TTW and WTT apart, as they are allocated."""
        if leg.is_void:
            return
        fellows = fellows_of(consignment_id, query)
        no = _why_not_shared(fellows, consignment_id)
        if no is not None:
            yield _unshared(unit_id, self._leg_result(leg), no)
            return
        weights = [
            direct_weight(one.unit_id, mass_kg=one.mass_kg, direct_km=leg.distance_km)
            for one in fellows
            if one.mass_kg
        ]
        emission = leg.emission
        parts = allocate_both(
            ttw_kgco2e=emission.ttw_kgco2e, wtt_kgco2e=emission.wtt_kgco2e, weights=weights
        )
        whole = self._leg_result(leg)
        for name in ("ttw_kgco2e", "wtt_kgco2e"):
            shares = {one: getattr(part, name) for one, part in parts.items()}
            yield _share(unit_id, whole, name, weights, shares)

    def _result(
        self,
        kind: str,
        result_id: str,
        emission: Mapping[str, Decimal],
        events: Sequence[Mapping[str, Any]],
        done: Sum,
    ) -> ExplainedResult:
        """Return a result with the first book's sum that has its digits, or why none has them."""
        explanation, no = None, ""
        for book in self._books(done.hashes):
            try:
                explanation = done.explain(book)
                break
            except (ExplainMismatch, Refused) as error:
                no = str(error)
        return ExplainedResult(
            kind=kind,
            result_id=result_id,
            emission=emission,
            events=events,
            explanation=explanation,
            mismatch=None if explanation else no,
        )

    def _books(self, hashes: Sequence[str]) -> Iterator[FactorBook]:
        """Yield today's book, which alone knows the ranks above, then that of the recorded sets."""
        yield self._book
        sets = [self._sets[one] for one in dict.fromkeys(hashes) if one in self._sets]
        if sets:
            yield book_of_only(sets, region_fallback=self._book.region_fallback)


def _why_not_shared(fellows: Sequence[Fellow], consignment_id: str) -> str | None:
    """Return why a consignment's leg is not shared out, None where it can be."""
    if len(fellows) > MAX_FELLOWS:
        return f"consignment {consignment_id} holds more than {MAX_FELLOWS} units"
    without = sorted(one.unit_id for one in fellows if not one.mass_kg)
    if without:
        return (
            f"unit {without[0]} of consignment {consignment_id} has no mass yet, "
            f"so that the parts of its {len(fellows)} units are not known"
        )
    return None


def _unshared(unit_id: str, whole: ExplainedResult, no: str) -> ExplainedResult:
    return ExplainedResult(
        kind="unit_share",
        result_id=f"{whole.result_id}/{unit_id}",
        emission={},
        events=whole.events,
        mismatch=no,
    )


def _share(
    unit_id: str,
    whole: ExplainedResult,
    name: str,
    weights: Sequence[Weight],
    shares: Mapping[str, Decimal],
) -> ExplainedResult:
    """Return one part of a unit; a leg that does not reconcile has no explained parts either."""
    explanation = None
    if whole.explanation is not None:
        explanation = explain_allocation(
            total_kgco2e=whole.emission[name], weights=weights, parts=shares
        )
    return ExplainedResult(
        kind="unit_share",
        result_id=f"{whole.result_id}/{unit_id}",
        emission={name: shares[unit_id]},
        events=whole.events,
        explanation=explanation,
        mismatch=whole.mismatch,
    )


def _event(one: Revision, inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return where a row of a leg came from: its event, and the record that the event answers."""
    source = {name: inputs.get(name) for name in _SOURCE}
    return {
        "event_id": one.event_id,
        "source_event_id": one.source_event_id,
        "occurred_at": one.occurred_at,
        "recorded_at": one.recorded_at,
        "revision": one.revision,
        "reason": one.reason,
        "topic": one.topic,
        "log_partition": one.partition,
        "log_offset": one.offset,
        **(source if one.revision == 0 else {}),
    }


_SOURCE = ("source_topic", "source_partition", "source_offset")


def _all_of(kind: str, identifier: str, results: Sequence[ExplainedResult]) -> Explained | None:
    if not results:
        return None
    names = dict.fromkeys(name for one in results for name in one.emission)
    emission = {
        name: sum((one.emission.get(name, ZERO) for one in results), ZERO) for name in names
    }
    return Explained(kind=kind, asked=identifier, results=results, emission=emission)
