"""Orders that are ready for their pickup, the pickups' bodies, and connections that post them."""

import asyncio
import hashlib
import itertools
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from ledger.desk.ask import Ask, Asked, Keep
from ledger.records import Answer, Caller, ChannelRef, Ref, Request
from loopline.administration import Administration
from loopline.partner_house import PartnerHouse, opened_house
from recycling.facts import SYSTEM, Actor
from recycling.vocabulary import AggregateKind, OrderCommand, Role
from runtime.settings import Settings

TENANT, PARTNER, REGION = "maker", "north", "370200"
ORDER = AggregateKind.TAKEBACK_ORDER
OFFICE = Actor(party_id=TENANT, roles=frozenset({Role.INTAKE, Role.PLATFORM}))
CONSUMER = Actor(party_id=TENANT, roles=OFFICE.roles, on_behalf_of=Role.CONSUMER)
RECYCLER = Actor(party_id=PARTNER, roles=frozenset({Role.RECYCLER}))
WINDOW = 1_000  # requests that wait at once; the queue takes 2,000
DAYS = {"valid_from_on": "2020-01-01", "valid_to_on": "2039-12-31"}
VIEWS = ("whole", "name_plate", "core_part", "label")
HEAD_END = b"\r\n\r\n"


def profile() -> dict[str, Any]:
    """Return a recycler that may take everything in Qingdao."""
    paper = {"categories": ["washing_machine"], **DAYS}
    return {
        "name": PARTNER,
        "roles": ["recycler"],
        "sites": [{"site_id": "north-1", "lat": "36.07", "lon": "120.38", "region": REGION}],
        "agreements": [{"paper_id": "AG", **paper}],
        "licences": [{"paper_id": "LI", **paper}],
        "permits": [],
        "coverage": {REGION: ["washing_machine"]},
        "capacity_units_per_day": 10_000_000,
        "prices": [],
    }


@dataclass(frozen=True, slots=True)
class Prepared:
    """A key, and the bodies of pickups that can be posted with it, each once."""

    key: str
    bodies: Sequence[bytes]


def prepare(settings: Settings, orders: int) -> Prepared:
    """Bring so many orders of one unit to their appointment, each with four photos uploaded."""
    with opened_house(settings) as house:
        admin = Administration(house.ledger, house.contacts, house.keys, now=house.now)
        told = {"tenant": TENANT, "partner_id": PARTNER, "profile": profile()}
        key = admin.run("partners-add", told)["key"]
        numbers = range(orders)
        ids = [json.loads(one.body) for one in answers(house, (demand(n) for n in numbers))]
        for step in steps(house.now()):
            for _ in answers(house, (step(one["id"], n) for n, one in enumerate(ids))):
                pass
        for _ in answers(house, (upload(n, view) for n in numbers for view in VIEWS)):
            pass
        now = house.now()
        bodies = [pickup(n, one["id"], one["unit_ids"][0], now) for n, one in enumerate(ids)]
    return Prepared(key, bodies)


def answers(house: PartnerHouse, requests: Iterator[Request[Asked]]) -> Iterator[Answer]:
    """Yield the answers to ``requests``, at most ``WINDOW`` of which wait at once."""
    while batch := list(itertools.islice(requests, WINDOW)):
        futures: list[Future[Answer]] = [house.ledger.submit(one) for one in batch]
        for future in futures:
            answer = future.result()
            if answer.status >= 300:
                raise RuntimeError(f"could not be made ready: {answer.body.decode()}")
            yield answer


def asked(command: Asked, path: str, *, by_partner: bool = False, **more: Any) -> Request[Asked]:
    """Return a request of the house's own making."""
    caller = Caller(TENANT, PARTNER if by_partner else None)
    digest = hashlib.sha256(path.encode()).hexdigest()
    return Request(caller=caller, method="BENCH", path=path, digest=digest, command=command, **more)


def demand(number: int) -> Request[Asked]:
    """Return the wish of one line."""
    line = {"category": "washing_machine", "brand": "brand-b", "age_years": 9, "condition": "works"}
    evidence = {
        "channel": "web_shop", "channel_ref": f"W-{number}", "region": REGION, "adcode": "370212",
        "contact_id": f"C-{number}", "privacy_consent": True, "lines": [line],
        "lat": "36.0712", "lon": "120.3841",
    }  # fmt: skip
    ask = Ask(kind=ORDER, command=OrderCommand.REGISTER_DEMAND, by=OFFICE, evidence=evidence)
    key = ChannelRef("web_shop", f"W-{number}")
    return asked(ask, f"demand/{number}", business_keys=(key,))


def steps(now: datetime) -> list[Any]:
    """Return what makes the request of each step from a wish to its appointment."""
    quote = {
        "category": "washing_machine", "size_class": "washing_machine", "core_parts": ["motor"],
        "price_cny_fen": 5_000, "price_list_version": "1",
        "valid_until": (now + timedelta(hours=71)).isoformat(),
    }  # fmt: skip
    window = {
        "window_from": (now + timedelta(hours=1)).isoformat(),
        "window_to": (now + timedelta(hours=5)).isoformat(),
    }
    rows: tuple[tuple[str, Actor, Mapping[str, Any]], ...] = (
        (OrderCommand.APPRAISE, OFFICE, quote),
        (OrderCommand.CONFIRM, CONSUMER, {}),
        (OrderCommand.ASSIGN, SYSTEM, {"recycler_id": PARTNER}),
        (OrderCommand.ACCEPT, RECYCLER, {}),
        (OrderCommand.APPOINT, RECYCLER, window),
    )

    def step(command: str, by: Actor, evidence: Mapping[str, Any]) -> Any:
        def request(order_id: str, number: int) -> Request[Asked]:
            ask = Ask(kind=ORDER, command=str(command), by=by, evidence=evidence)
            path = f"{command}/{number}"
            return asked(ask, path, by_partner=by is RECYCLER, target=Ref(ORDER, order_id))

        return request

    return [step(*row) for row in rows]


def upload_id(number: int, view: str) -> str:
    """Return the id of a photo."""
    return f"UP-{number}-{view}"


def photo_sha256(number: int, view: str) -> str:
    """Return what stands for the photo's content."""
    return hashlib.sha256(upload_id(number, view).encode()).hexdigest()


def upload(number: int, view: str) -> Request[Asked]:
    """Return a photo that lies there already."""
    body = {"sha256": photo_sha256(number, view), "partner_id": PARTNER}
    told = Keep(
        kind="upload", id=upload_id(number, view), state="stored", type="stored", body=body,
        by=RECYCLER,
    )  # fmt: skip
    return asked(told, f"upload/{number}/{view}", by_partner=True)


def pickup(number: int, order_id: str, unit_id: str, now: datetime) -> bytes:
    """Return the body of one pickup."""
    photos = [
        {"upload_id": upload_id(number, view), "view": view, "sha256": photo_sha256(number, view)}
        for view in VIEWS
    ]
    unit = {
        "unit_id": unit_id, "outcome": "collected", "unit_code": f"PL-{number:08d}",
        "code_bound_at": now.isoformat(), "photos": photos, "mass_kg": "61.500",
        "weight_method": "scale", "scale_id": "SC-1", "completeness": ["motor", "board"],
        "grade": "complete", "price_paid_cny_fen": 5_000,
    }  # fmt: skip
    body = {
        "takeback_order_id": order_id, "picked_at": now.isoformat(), "lat": "36.0712",
        "lon": "120.3841", "accuracy_m": "12", "datum": "gcj02", "collector_id": "K-7",
        "vehicle_plate": "LU-B98765", "vehicle_energy": "electric", "acknowledged_by": "otp",
        "acknowledgement": "483920", "units": [unit],
    }  # fmt: skip
    return json.dumps(body).encode()


@dataclass(frozen=True, slots=True)
class Posted:
    """What came of a run: how long each answer took, and each status how often."""

    seconds: float
    latencies_s: Sequence[float]
    statuses: Mapping[int, int]


async def post_all(
    port: int, path: str, prepared: Prepared, *, connections: int, run: str
) -> Posted:
    """Post every body once, over so many connections that each wait for their answer."""
    waiting = iter(enumerate(prepared.bodies))
    latencies: list[float] = []
    statuses: dict[int, int] = {}

    async def connection() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for number, body in waiting:
            head = (
                f"POST {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {prepared.key}\r\n"
                f"Idempotency-Key: {run}-{number}\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(body)}\r\n\r\n"
            )
            begun = time.perf_counter()
            writer.write(head.encode() + body)
            told = await reader.readuntil(HEAD_END)
            lower = told.lower()
            at = lower.index(b"content-length:") + 15
            await reader.readexactly(int(lower[at : lower.index(b"\r", at)]))
            latencies.append(time.perf_counter() - begun)
            status = int(told[9:12])
            statuses[status] = statuses.get(status, 0) + 1
        writer.close()

    begun = time.perf_counter()
    await asyncio.gather(*(connection() for _ in range(connections)))
    return Posted(time.perf_counter() - begun, latencies, statuses)


def settings_in(folder: Path) -> dict[str, str]:
    """Return the variables of a partner API whose files lie in ``folder``."""
    return {
        "LOOPLINE_LEDGER__DIR": str(folder / "ledger"),
        "LOOPLINE_CONTACTS__DIR": str(folder / "contacts"),
        "LOOPLINE_PARTNER_API__SECRETS_DIR": str(folder / "secrets"),
        "LOOPLINE_PARTNER_API__UPLOADS_DIR": str(folder / "uploads"),
        "LOOPLINE_PARTNER_API__REQUESTS_PER_MINUTE": "100000000",
    }
