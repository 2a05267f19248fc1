"""A warehouse with two years of legs that came through the real sink, published to read."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from emissions.leg import emission_of_leg
from emissions.question import METHOD_VERSION, LegQuestion
from emissions.read import load_book
from loopline.__main__ import all_commands
from runtime.settings import WarehouseSettings
from schemas.event import caused_id
from schemas.hub import HubEmitted, HubPeriodReported
from schemas.refusal import Reason
from schemas.topics import HUB_EMISSIONS, HUB_PERIODS, LEGS
from schemas.wall import accept, read_json
from schemas.wire import WireEmission
from streams.hub import on_hub_period
from streams.source import Source
from tests.builders import ROOT
from tests.warehouse.builders import (
    NOON,
    Logs,
    emission,
    opened,
    poison,
    settings_in,
    sink_of,
    uid,
)
from warehouse import snapshot
from warehouse.answered import StoredHub
from warehouse.records import Record, SinkBatch

ROAD = "artic_over_33t"


def answered(number: int, *, day: str = "2026-06-03", **changed: Any) -> WireEmission:
    """A leg with the number that the engine gives it."""
    plain = {"mode": "road", "mass_kg": "412.500", "distance_km": "1287.300"} | changed
    vehicle_class = plain.get("vehicle_class", ROAD if plain["mode"] == "road" else None)
    energy = "diesel" if plain["mode"] == "road" else None
    kind = "gcd" if plain["mode"] == "air" else "sfd"
    answer = emission_of_leg(
        LegQuestion(
            mode=plain["mode"],
            mass_kg=Decimal(plain["mass_kg"]),
            on=NOON.date().fromisoformat(day),
            energy=energy,
            vehicle_class=vehicle_class,
            distance_km=Decimal(plain["distance_km"]),
            distance_method=kind,
        ),
        load_book(),
    )
    told = {
        "occurred_at": f"{day}T04:00:00Z",
        "vehicle_class": vehicle_class,
        "energy": energy,
        "distance_km": str(answer.distance_km),
        "distance_kind": answer.distance_kind,
        "distance_method": kind,
        "transport_tkm": str(answer.transport_tkm),
        "daf": str(answer.daf),
        "emission_wtt_kgco2e": str(answer.wtt_kgco2e),
        "emission_ttw_kgco2e": str(answer.ttw_kgco2e),
        "emission_wtw_kgco2e": str(answer.wtw_kgco2e),
        "factor_id": answer.factor.factor_id,
        "factor_set": answer.factor.set_id,
        "factor_set_sha256": answer.factor.set_sha256,
        "method": answer.method,
        "data_class": answer.data_class,
        "gwp_set": answer.gwp_set,
        "method_version": METHOD_VERSION,
        "flags": list(answer.flags),
    }
    return emission(number, **told | plain)


def month_of(site_id: str, **changed: Any) -> HubEmitted:
    """The golden month of a hub, of another site and of May 2026, with the engine's number."""
    plain = read_json((ROOT / "schemas" / "golden" / f"{HUB_PERIODS.name}.json").read_bytes())
    told = {"site_id": site_id, "period_on": "2026-05-01", "event_id": str(caused_id(site_id)),
            "occurred_at": "2026-06-02T02:00:00Z"}  # fmt: skip
    period = accept(HubPeriodReported, plain | told | changed)
    return on_hub_period(period, Source(HUB_PERIODS.name, 0, 7), book=load_book())


def letter_of(offset: int, event: WireEmission | None = None, **told: Any) -> Any:
    """A refused leg, with the bytes that came."""
    plain = {"shipment_id": "S-9", "consignment_id": "C-9", "mass_kg": "250",
             "category": "fridge", "occurred_at": "2026-06-04T04:00:00Z"}  # fmt: skip
    raw = json.dumps(plain | told).encode()
    return poison(LEGS.name, 0, offset, reason=Reason.FACTOR_NOT_FOUND, raw=raw,
                  event_id=uid(9_000 + offset))  # fmt: skip


@dataclass
class House:
    """A warehouse on disk; commands read the copy that ``publish`` makes."""

    folder: Path
    logs: Logs = field(default_factory=Logs)

    @property
    def settings(self) -> WarehouseSettings:
        return settings_in(self.folder / "warehouse")

    def hold(
        self,
        *events: WireEmission,
        letters: Sequence[Any] = (),
        months: Sequence[HubEmitted] = (),
    ) -> None:
        """Store ``events``, ``letters`` and ``months`` of hubs, and publish what is stored."""
        db = opened(self.settings)
        sink = sink_of(db)
        if events:
            sink.write([replace(self.logs.append(events, 0, "shipment.emission.v1"))])
        if letters:
            first, last = letters[0].offset, letters[-1].offset
            sink.write([SinkBatch(LEGS.name, 0, first, last + 1, NOON, dead=list(letters))])
        if months:
            told = [Record(n, StoredHub.of(one), b"", b"") for n, one in enumerate(months)]
            sink.write([SinkBatch(HUB_EMISSIONS.name, 0, 0, len(told), NOON, records=told)])
        snapshot.publish(db, self.settings, NOON)
        db.close()

    def __call__(self, *words: str, columns: int = 140) -> Result:
        env = {
            "LOOPLINE_WAREHOUSE__DIR": str(self.settings.dir),
            "LOOPLINE_FACTORS__DIR": str(self.folder / "factors"),
            "COLUMNS": str(columns),
        }
        return CliRunner().invoke(all_commands(), list(words), env=env)

    def json(self, *words: str) -> Any:
        done = self(*words, "--json")
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)
