"""The partner API on PostgreSQL: the same house, whose folder only says who it is."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from ledger.refusals import LedgerAway, LedgerHeld
from loopline.administration import Administration
from loopline.partner_house import checks_of, opened_house
from runtime.settings import ContactSettings, LedgerSettings, PartnerApiSettings, Settings
from tests.ledger import postgres_cluster
from tests.ledger.desk.partner_builders import profile
from web.partner.api_key import check_key


def settings_in(folder: Path, url: str) -> Settings:
    return Settings(
        ledger=LedgerSettings(dir=folder / "ledger", url=SecretStr(url)),
        contacts=ContactSettings(dir=folder / "contacts"),
        partner_api=PartnerApiSettings(
            secrets_dir=folder / "secrets", uploads_dir=folder / "uploads"
        ),
    )


@pytest.fixture(scope="module", autouse=True)
def _server_ends() -> Iterator[None]:
    yield
    postgres_cluster.stop()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_in(tmp_path, postgres_cluster.cluster().url_for(tmp_path))


def test_a_partner_is_added_and_its_key_known_after_a_restart(settings: Settings) -> None:
    told = {"tenant": "maker", "partner_id": "north", "profile": profile(roles=["recycler"])}
    with opened_house(settings) as house:
        admin = Administration(house.ledger, house.contacts, house.keys, now=house.now)
        key = admin.run("partners-add", told)["key"]

    with opened_house(settings) as house:
        credential = check_key(key, find=house.keys.find, now=house.now())
        checks = {check.name: check for check in checks_of(house.ledger)}

    assert (credential.tenant, credential.partner_id) == ("maker", "north")
    assert all(check.ok for check in checks.values())
    assert "the database's own" in checks["disk"].detail
    assert not (settings.ledger.dir / "ledger.sqlite").exists()


def test_one_process_of_a_machine_has_the_folder(settings: Settings) -> None:
    with (
        opened_house(settings),
        pytest.raises(LedgerHeld, match="the ledger in"),
        opened_house(settings),
    ):
        pass


def test_a_database_that_does_not_answer_is_said_and_the_folder_let_go(tmp_path: Path) -> None:
    away = settings_in(tmp_path, "postgresql://ledger@127.0.0.1:1/nothing")
    for _ in range(2):
        with pytest.raises(LedgerAway, match="does not answer"), opened_house(away):
            pass
