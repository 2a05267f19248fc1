"""``loopline contacts``: what the operator does to the store of names, phones and addresses."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated

import typer

from ledger.contact import Contacts
from ledger.contact_file import FILE
from ledger.contact_key import master_key_of
from ledger.contact_refusals import (
    ContactNotFound,
    ContactsAway,
    ContactsHeld,
    MasterKeyRefused,
)
from ledger.contact_store import open_contacts
from loopline import say
from loopline.running import settings_or_refuse
from loopline.version import PRODUCT_VERSION
from runtime.migrations import MigrationRefused
from runtime.settings import ContactSettings

app = typer.Typer(help="Names, phones and addresses of people: erase.", no_args_is_help=True)


@app.command()
def erase(
    contact_id: Annotated[str, typer.Argument(metavar="ID", help="the contact_id of an order")],
    as_json: Annotated[bool, typer.Option("--json", help="one JSON document")] = False,
) -> None:
    """Destroy a person's key and data for good; the id is erased again after every restore."""
    with _opened(settings_or_refuse().contacts) as contacts:
        erasure = contacts.erase(contact_id)
    erased_at = erasure.erased_at.isoformat()
    if as_json:
        say.as_json({"contact_id": erasure.contact_id, "erased_at": erased_at})
    else:
        say.line(f"contact {erasure.contact_id} is erased since {erased_at}")


@contextmanager
def _opened(settings: ContactSettings) -> Iterator[Contacts]:
    """Give the store where nobody holds it, and turn what it refuses into a sentence."""
    try:
        key = master_key_of(settings)
        if not (settings.dir / FILE).is_file():
            raise ContactsAway(
                f"there is no contact store in {settings.dir}; name its folder in "
                "LOOPLINE_CONTACTS__DIR"
            )
        contacts = open_contacts(
            settings.dir,
            master_key=key,
            now=lambda: datetime.now(UTC),
            random_bytes=os.urandom,
            product_version=PRODUCT_VERSION,
        )
        try:
            yield contacts
        finally:
            contacts.close()
    except MasterKeyRefused as error:
        say.refuse(str(error), say.EXIT_BAD_INPUT)
    except ContactNotFound as error:
        say.refuse(str(error), say.EXIT_CHECK_FAILED)
    except (ContactsAway, ContactsHeld, MigrationRefused) as error:
        say.refuse(str(error), say.EXIT_SURROUNDINGS)
