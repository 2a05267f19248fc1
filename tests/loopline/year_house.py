"""The demo's partner API in this process: a simulated clock, stores in a folder, no sockets."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from loopline.administration import Administration
from loopline.demo_year import drive_year
from loopline.partner_api import administration_of
from loopline.partner_house import PartnerHouse, opened_house
from runtime.settings import (
    ContactSettings,
    LedgerSettings,
    PartnerApiSettings,
    Settings,
    SigningSettings,
)
from simulator.drive import Driven
from simulator.partner_year import PartnerYear
from simulator.record import Draft, day_start_s
from simulator.step import Ask
from web.partner.app import create_partner_app


def settings_in(folder: Path, **api: Any) -> Settings:
    """Settings whose stores lie in one folder; the clock is simulated unless told otherwise."""
    told = {"clock": "simulated", "requests_per_minute": 100_000_000, **api}
    return Settings(
        ledger=LedgerSettings(dir=folder / "ledger"),
        contacts=ContactSettings(dir=folder / "contacts"),
        signing=SigningSettings(key_file=folder / "secrets" / "certificate.pem"),
        partner_api=PartnerApiSettings(
            secrets_dir=folder / "secrets", uploads_dir=folder / "uploads", **told
        ),
    )


def short_year(*, days: int = 30, takeback_orders: int = 40, seed: int = 1) -> PartnerYear:
    to_on = date(2026, 6, 30)
    from_on = to_on - timedelta(days=days - 1)
    return PartnerYear(seed=seed, from_on=from_on, to_on=to_on, takeback_orders=takeback_orders)


@dataclass
class YearHouse:
    """A house, its operator, and what the year tells beside it."""

    house: PartnerHouse
    admin: Administration
    client: TestClient
    told: list[Draft] = field(default_factory=list)

    def send(self, asked: Sequence[tuple[Ask, Mapping[str, str]]]) -> Sequence[tuple[int, Any]]:
        return [self._send(*one) for one in asked]

    def _send(self, ask: Ask, headers: Mapping[str, str]) -> tuple[int, Any]:
        body = {"content": ask.content} if ask.body is None else {"json": ask.body}
        more = body if ask.method != "GET" else {}
        answer = self.client.request(ask.method, ask.path, headers=dict(headers), **more)
        return answer.status_code, answer.json()

    def drive(self, year: PartnerYear) -> Driven:
        end_s = day_start_s(year.to_on + timedelta(days=1))
        return drive_year(year, self.admin.run, self.send, end_s=end_s, tell=self.told.append)


@contextmanager
def year_house(folder: Path) -> Iterator[YearHouse]:
    with opened_house(settings_in(folder)) as house:
        client = TestClient(create_partner_app(house.services), raise_server_exceptions=False)
        yield YearHouse(house, administration_of(house), client)
