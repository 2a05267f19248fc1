"""Every setting of the house: one frozen model, read once by each process from ``LOOPLINE_*``."""

import ipaddress
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

PREFIX = "LOOPLINE_"
# Variables of the house that are no settings: one between our processes, one of the tests.
NOT_SETTINGS = frozenset({"LOOPLINE_BROKER_DURABLE", "LOOPLINE_KEEP_SCREENSHOTS"})
_ADDRESS = r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:]+\]):[0-9]{1,5}"
BOOTSTRAP_PATTERN = f"^{_ADDRESS}(,{_ADDRESS})*$"
_NAMES_PATTERN = r"^([a-z][a-z0-9_]*(,[a-z][a-z0-9_]*)*)?$"
_SECRET_NAME = re.compile("CONTACT|KEY|SECRET|PASSWORD|TOKEN|LEDGER__URL")
MIB = 1024 * 1024
GIB = 1024 * MIB


class SettingsRefused(Exception):
    """A setting that cannot be; the message names its variable and value."""


def is_loopback(host: str) -> bool:
    """Return whether ``host`` is this machine alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Part(BaseModel):
    """A group of settings; a name nobody knows is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class WarehouseSettings(Part):
    """The DuckDB warehouse and its sink."""

    dir: Path = Path("var/warehouse")
    flush_ms: int = Field(100, ge=1, le=60_000)
    flush_rows: int = Field(10_000, ge=1, le=1_000_000)
    queue_rows: int = Field(50_000, ge=1, le=10_000_000)
    dedupe_days: int = Field(7, ge=1, le=400)
    min_free_bytes: int = Field(2 * GIB, ge=0)
    memory_limit: str = Field("4GiB", pattern=r"^\d+(MiB|GiB)$")
    keep_snapshots: int = Field(2, ge=1, le=100)
    lock_wait_s: float = Field(10, ge=0, le=600)


class LedgerSettings(Part):
    """The operational store of take-back, and its relay."""

    dir: Path = Path("var/ledger")
    url: SecretStr | None = None

    @field_validator("url")
    @classmethod
    def _is_postgres(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None and not url.get_secret_value().startswith("postgresql://"):
            raise ValueError("LOOPLINE_LEDGER__URL must begin with postgresql://")
        return url


class PartnerApiSettings(Part):
    """The partner API: where it listens, how often one credential may ask, where files lie."""

    host: str = "127.0.0.1"
    port: int = Field(0, ge=0, le=65_535)
    requests_per_minute: int = Field(600, ge=1, le=100_000_000)
    uploads_dir: Path = Path("var/uploads")
    secrets_dir: Path = Path("var/secrets")
    clock: Literal["system", "simulated"] = "system"

    @model_validator(mode="after")
    def _simulated_time_stays_at_home(self) -> Self:
        if self.clock == "simulated" and not is_loopback(self.host):
            raise ValueError(
                f"LOOPLINE_PARTNER_API__HOST={self.host} is no loopback address, and "
                "LOOPLINE_PARTNER_API__CLOCK=simulated is for the demo alone; bind 127.0.0.1"
            )
        return self


class WebSettings(Part):
    """Where HTTP is served, and to whom."""

    host: str = "127.0.0.1"
    port: int = Field(0, ge=0, le=65_535)
    auth: Literal["on", "off"] = "off"

    @model_validator(mode="after")
    def _open_doors_only_at_home(self) -> Self:
        if self.auth == "off" and not is_loopback(self.host):
            raise ValueError(
                f"LOOPLINE_WEB__HOST={self.host} is no loopback address, and "
                "LOOPLINE_WEB__AUTH=off would let anybody in; bind 127.0.0.1"
            )
        if self.auth == "on":
            raise ValueError("LOOPLINE_WEB__AUTH=on needs accounts, which this version lacks")
        return self


class BoardSettings(Part):
    """What the board counts in."""

    timezone: str = "Asia/Shanghai"
    names: Path | None = None

    @field_validator("timezone")
    @classmethod
    def _is_a_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError(f"LOOPLINE_BOARD__TIMEZONE={name} is no IANA time zone") from None
        return name

    @property
    def zone(self) -> ZoneInfo:
        """The company's zone."""
        return ZoneInfo(self.timezone)


class StreamSettings(Part):
    """The agents."""

    batch_records: int = Field(2_000, ge=1, le=100_000)
    session_timeout_s: float = Field(6, ge=1, le=60)
    commit_interval_s: float = Field(1, ge=0.1, le=60)
    flush_timeout_s: float = Field(30, ge=1, le=600)
    max_attempts: int = Field(5, ge=1, le=100)


class FactorSettings(Part):
    """Factor sets of the company's own, beside those that are packaged."""

    dir: Path = Path("var/factors")
    set_order: str = Field("", pattern=_NAMES_PATTERN)
    region_fallback: str = Field("cn,gb", pattern=_NAMES_PATTERN, min_length=1)

    @property
    def sets_in_order(self) -> tuple[str, ...]:
        """Ids of sets, the one that answers first in front."""
        return _names(self.set_order)

    @property
    def regions_in_order(self) -> tuple[str, ...]:
        """Regions whose factors may answer, the home country in front."""
        return _names(self.region_fallback)


class ContactSettings(Part):
    """Where names, phones and addresses of people lie, sealed, and what opens them."""

    dir: Path = Path("var/contacts")
    master_key: SecretStr | None = None
    master_key_file: Path | None = None


class SigningSettings(Part):
    """With what certificates are signed, and what keys signed before it."""

    key_file: Path = Path("var/signing/certificate.pem")
    retired_keys_file: Path | None = None


def _names(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in text.split(",") if name))


class Settings(BaseSettings):
    """All settings; nested ones are written with two underscores."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        env_ignore_empty=True,
        frozen=True,
        extra="ignore",
    )

    kafka_bootstrap: str | None = Field(
        None,
        pattern=BOOTSTRAP_PATTERN,
        validation_alias=AliasChoices("KAFKA_BOOTSTRAP", "LOOPLINE_KAFKA_BOOTSTRAP"),
    )
    topic_prefix: str = Field("", pattern=r"^[a-z0-9._-]{0,40}$")
    warehouse: WarehouseSettings = Field(default_factory=WarehouseSettings)
    ledger: LedgerSettings = Field(default_factory=LedgerSettings)
    partner_api: PartnerApiSettings = Field(default_factory=PartnerApiSettings)
    web: WebSettings = Field(default_factory=WebSettings)
    board: BoardSettings = Field(default_factory=BoardSettings)
    stream: StreamSettings = Field(default_factory=StreamSettings)
    factors: FactorSettings = Field(default_factory=FactorSettings)
    contacts: ContactSettings = Field(default_factory=ContactSettings)
    signing: SigningSettings = Field(default_factory=SigningSettings)


def read_settings() -> Settings:
    """Return the settings of this process.

    Raises
    ------
    SettingsRefused
        If a variable holds what it cannot; the message names variable, value and remedy.
    """
    _refuse_unknown(os.environ)
    try:
        return Settings()
    except ValidationError as error:
        raise SettingsRefused("; ".join(_told(fault) for fault in error.errors())) from None
    except SettingsError:
        raise SettingsRefused(_group_told(os.environ)) from None


def _refuse_unknown(names: Iterable[str]) -> None:
    """Raise ``SettingsRefused`` for a variable that nobody would read: it is a slip of the pen."""
    known = {name.upper() for name in Settings.model_fields}
    for name in sorted(names):
        upper = name.upper()
        if not upper.startswith(PREFIX) or upper in NOT_SETTINGS:
            continue
        if upper.removeprefix(PREFIX).partition("__")[0] not in known:
            raise SettingsRefused(
                f"{name}={_shown(name, os.environ.get(name, ''))}: is no setting; unset it, or "
                "take one of docs/reference/settings.md"
            )


def _group_told(names: Iterable[str]) -> str:
    groups = {
        PREFIX + name.upper()
        for name, field in Settings.model_fields.items()
        if isinstance(field.annotation, type) and issubclass(field.annotation, Part)
    }
    wrong = next((name for name in names if name.upper() in groups), PREFIX)
    value = _shown(wrong, os.environ.get(wrong, ""))
    return f"{wrong}={value}: is a group; write {wrong}__<NAME>=<VALUE>"


def _shown(name: str, value: object) -> str:
    """Return ``value`` for a message, but no secret, also where its name is a slip of the pen."""
    return "(not shown)" if _SECRET_NAME.search(name.upper()) else str(value)


_REMEDIES = {
    "Extra inputs are not permitted": "is no setting; docs/reference/settings.md lists them all",
    f"String should match pattern '{_NAMES_PATTERN}'": "must be names with commas between",
    f"String should match pattern '{BOOTSTRAP_PATTERN}'": "must be HOST:PORT, or several of them "
    "with commas between",
}


def _told(fault: object) -> str:
    location, message, value = (fault[key] for key in ("loc", "msg", "input"))  # type: ignore[index]
    text = str(message).removeprefix("Value error, ")
    if text.startswith("LOOPLINE_"):
        return text
    name = "__".join(str(part) for part in location).upper()
    name = name if name.startswith(("KAFKA_", PREFIX)) else PREFIX + name
    return f"{name}={_shown(name, value)}: {_REMEDIES.get(text, text)}"
