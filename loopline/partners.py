"""``loopline partners``: who may use the partner API, and with which keys."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated, Any

import typer

from ledger.contact_refusals import ContactsAway, ContactsHeld, MasterKeyRefused
from ledger.refusals import LedgerAway, LedgerHeld, LedgerMissing
from loopline import admin_socket, say
from loopline.admin_socket import AdminAway
from loopline.administration import Administration, AdminRefused
from loopline.partner_house import opened_house
from loopline.running import settings_or_refuse
from runtime.migrations import MigrationRefused
from runtime.secret_file import SecretRefused
from runtime.settings import Settings

app = typer.Typer(help="Partners of the take-back platform and their keys.", no_args_is_help=True)
MAX_PROFILE_BYTES = 1024 * 1024
DEFAULT_TENANT = "maker"
AWAY = (
    AdminAway, ContactsAway, ContactsHeld, LedgerAway, LedgerHeld, LedgerMissing, MigrationRefused,
    SecretRefused, OSError,
)  # fmt: skip

Tenant = Annotated[str, typer.Option(help="the operating maker")]
AsJson = Annotated[bool, typer.Option("--json", help="one JSON document")]


def administer(settings: Settings, verb: str, told: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what came of ``verb``: by the running API, or by ourselves where none runs.

    Raises
    ------
    AdminRefused
        If it cannot be done.
    """
    # A socket that an ended process left answers nothing: the lock tells whether it lives.
    with suppress(AdminAway):
        return admin_socket.ask(settings.ledger.dir, verb, told)
    with opened_house(settings) as house:
        own = Administration(house.ledger, house.contacts, house.keys, now=house.now)
        return own.run(verb, told)


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except AdminRefused as error:
        say.refuse(str(error), say.EXIT_CHECK_FAILED)
    except MasterKeyRefused as error:
        say.refuse(str(error), say.EXIT_BAD_INPUT)
    except AWAY as error:
        say.refuse(str(error), say.EXIT_SURROUNDINGS)


@app.command()
def add(
    profile: Annotated[Path, typer.Argument(help="JSON: name, roles, sites, papers, coverage")],
    tenant: Tenant = DEFAULT_TENANT,
    partner_id: Annotated[str | None, typer.Option("--id", help="its id; else a new one")] = None,
    as_json: AsJson = False,
) -> None:
    """Register a partner and print its first key, which nobody can read again."""
    told = {"tenant": tenant, "partner_id": partner_id, "profile": _read(profile)}
    with _refusing():
        done = administer(settings_or_refuse(), "partners-add", told)
    _tell_key(done, as_json=as_json)


@app.command("list")
def list_(tenant: Tenant = DEFAULT_TENANT, as_json: AsJson = False) -> None:
    """List the partners of a tenant."""
    with _refusing():
        done = administer(settings_or_refuse(), "partners-list", {"tenant": tenant})
    if as_json:
        say.as_json(done)
        return
    for one in done["partners"]:
        roles = ", ".join(one["roles"])
        say.line(f"{one['partner_id']}  {one['state']}  {one['name']}  ({roles}), "
                 f"{one['live_keys']} live keys")  # fmt: skip
    say.line(f"{len(done['partners'])} partners of {tenant}")


@app.command("rotate-key")
def rotate_key(
    partner_id: Annotated[str, typer.Argument(metavar="PARTNER")],
    tenant: Tenant = DEFAULT_TENANT,
    as_json: AsJson = False,
) -> None:
    """Print a second key; the first one ends after a week."""
    told = {"tenant": tenant, "partner_id": partner_id}
    with _refusing():
        done = administer(settings_or_refuse(), "partners-rotate-key", told)
    _tell_key(done, as_json=as_json)


@app.command()
def suspend(
    partner_id: Annotated[str, typer.Argument(metavar="PARTNER")],
    tenant: Tenant = DEFAULT_TENANT,
    lift: Annotated[bool, typer.Option("--lift", help="let it in again")] = False,
    as_json: AsJson = False,
) -> None:
    """Give a partner no more orders; its keys go on, for what it has already."""
    told = {"tenant": tenant, "partner_id": partner_id, "lift": lift}
    with _refusing():
        done = administer(settings_or_refuse(), "partners-suspend", told)
    if as_json:
        say.as_json(done)
    else:
        say.line(f"partner {done['partner_id']} is {done['state']}")


@app.command("add-key")
def add_key(
    role: Annotated[list[str], typer.Option(help="intake, platform, finance or auditor")],
    tenant: Tenant = DEFAULT_TENANT,
    as_json: AsJson = False,
) -> None:
    """Print a key for the maker's own people."""
    with _refusing():
        done = administer(settings_or_refuse(), "keys-add", {"tenant": tenant, "roles": role})
    _tell_key(done, as_json=as_json)


def _tell_key(done: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        say.as_json(done)
        return
    if "partner_id" in done:
        say.line(f"partner {done['partner_id']}")
    say.line(f"key {done['key']}")
    say.line(f"keep it: it is shown once and ends at {done['expires_at']}")


def _read(file: Path) -> Any:
    try:
        raw = file.read_bytes()
        if len(raw) > MAX_PROFILE_BYTES:
            say.refuse(f"{file}: more than {MAX_PROFILE_BYTES} bytes", say.EXIT_BAD_INPUT)
        return json.loads(raw)
    except OSError as error:
        say.refuse(f"{file}: {error.strerror}", say.EXIT_BAD_INPUT)
    except ValueError as error:
        say.refuse(f"{file}: is no JSON: {error}", say.EXIT_BAD_INPUT)
