"""A setting that cannot be ends the process with one sentence: variable, value, remedy."""

import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from runtime.settings import (
    NOT_SETTINGS,
    Settings,
    SettingsRefused,
    WebSettings,
    is_loopback,
    read_settings,
)

EVERYWHERE = "0.0.0.0"  # noqa: S104 - what must be refused


@pytest.fixture(autouse=True)
def _a_bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(("LOOPLINE_", "KAFKA_"))]:
        monkeypatch.delenv(name)


def test_without_variables_everything_has_a_value_and_stays_at_home() -> None:
    settings = read_settings()

    assert settings.kafka_bootstrap is None
    assert settings.web.host == "127.0.0.1"
    assert settings.warehouse.dir == Path("var/warehouse")
    assert settings.board.zone.key == "Asia/Shanghai"


def test_a_variable_reaches_its_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOOPLINE_STREAM__BATCH_RECORDS", "500")
    monkeypatch.setenv("LOOPLINE_WAREHOUSE__DIR", "elsewhere")
    monkeypatch.setenv("KAFKA_BOOTSTRAP", "one:9092,[::1]:9093")

    settings = read_settings()

    assert settings.stream.batch_records == 500
    assert settings.warehouse.dir == Path("elsewhere")
    assert settings.kafka_bootstrap == "one:9092,[::1]:9093"


@pytest.mark.parametrize("name", sorted(NOT_SETTINGS))
def test_a_variable_of_the_house_that_is_no_setting_is_let_be(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "1")

    assert read_settings() == Settings()


@pytest.mark.parametrize("name", ["KAFKA_BOOTSTRAP", "LOOPLINE_WEB__PORT", "LOOPLINE_TOPIC_PREFIX"])
def test_an_empty_variable_is_an_absent_one(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "")

    assert read_settings() == Settings()


@pytest.mark.parametrize(
    ("name", "value", "remedy"),
    [
        ("LOOPLINE_WEB__PORT", "99999", "should be less than or equal to 65535"),
        ("LOOPLINE_WEB__PORT", "abc", "should be a valid integer"),
        ("LOOPLINE_WEB__AUTH", "maybe", "should be 'on' or 'off'"),
        ("LOOPLINE_WEB__AUTH", "on", "needs accounts, which this version lacks"),
        ("LOOPLINE_WEB__HOST", EVERYWHERE, "bind 127.0.0.1"),
        ("LOOPLINE_WEB__COLOUR", "red", "docs/reference/settings.md lists them all"),
        ("LOOPLINE_WEB", "x", "is a group; write LOOPLINE_WEB__<NAME>=<VALUE>"),
        ("LOOPLINE_TYPO", "1", "is no setting; unset it, or take one of"),
        ("LOOPLINE_STREEM__BATCH_RECORDS", "5", "is no setting; unset it"),
        ("LOOPLINE_TOPIC_PREFIX", "no blanks", "should match pattern"),
        ("LOOPLINE_BOARD__TIMEZONE", "Mars/Olympus", "is no IANA time zone"),
        ("LOOPLINE_WAREHOUSE__MEMORY_LIMIT", "4GB", "should match pattern '^\\d+(MiB|GiB)$'"),
        ("LOOPLINE_WAREHOUSE__FLUSH_MS", "0", "should be greater than or equal to 1"),
        ("LOOPLINE_WAREHOUSE__LOCK_WAIT_S", "inf", "should be less than or equal to 600"),
        ("LOOPLINE_STREAM__SESSION_TIMEOUT_S", "nan", "should be less than or equal to 60"),
        ("LOOPLINE_STREAM__BATCH_RECORDS", "1.5", "should be a valid integer"),
        ("KAFKA_BOOTSTRAP", "no port", "must be HOST:PORT"),
        ("KAFKA_BOOTSTRAP", "kafka://one:9092", "must be HOST:PORT"),
    ],
)
def test_a_bad_variable_is_told_by_its_name_value_and_remedy(
    name: str, value: str, remedy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(SettingsRefused) as refused:
        read_settings()

    sentence = str(refused.value)
    assert sentence.startswith(f"{name}={value}")
    assert remedy in sentence
    assert "\n" not in sentence


@pytest.mark.parametrize("host", [EVERYWHERE, "::", "192.168.1.4", "board.example.com", "10.0.0.1"])
def test_an_open_door_without_a_lock_is_refused(host: str) -> None:
    with pytest.raises(ValidationError, match="would let anybody in; bind"):
        WebSettings(host=host)

    assert not is_loopback(host)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_at_home_no_lock_is_needed(host: str) -> None:
    assert WebSettings(host=host).host == host


def test_settings_are_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        read_settings().topic_prefix = "other"  # type: ignore[misc]  # that it cannot is the point
