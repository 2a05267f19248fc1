"""Sealing: a key per person, bound to tenant, contact and field, wrapped by the master key."""

import hashlib
import hmac
from dataclasses import astuple, dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ledger.contact import (
    Person,
    RandomBytes,
)
from ledger.contact_key import KEY_BYTES, MasterKey
from ledger.contact_refusals import (
    ContactsDamaged,
    MasterKeyRefused,
)

NONCE_BYTES = 12
LENGTH_BYTES = 2
PADDED_BYTES = 64  # the length of what is stored says little of the length of what was written
FIELDS = ("name", "phone", "address")


@dataclass(frozen=True, slots=True)
class Sealed:
    """A person as stored."""

    wrapped_key: bytes
    name: bytes
    phone: bytes
    address: bytes


def bound_to(*parts: str) -> bytes:
    """Return associated data that no other sequence of parts has."""
    encoded = [part.encode() for part in parts]
    return b"".join(len(part).to_bytes(4) + part for part in encoded)


ROOT = bound_to("root")


def _sealed(key: bytes, text: bytes, *, bound: bytes, random_bytes: RandomBytes) -> bytes:
    nonce = random_bytes(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, text, bound)


def _opened(key: bytes, sealed: bytes, *, bound: bytes) -> bytes:
    if len(sealed) < NONCE_BYTES:
        raise InvalidTag
    return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound)


@dataclass(frozen=True, slots=True)
class Sealer:
    """What a master key can do."""

    master: MasterKey
    random_bytes: RandomBytes = field(repr=False)

    def wrap(self, secret: bytes, *, bound: bytes) -> bytes:
        """Return a secret that only this master key opens, only where it is bound to."""
        return _sealed(self.master.secret, secret, bound=bound, random_bytes=self.random_bytes)

    def unwrap(self, wrapped: bytes, *, bound: bytes) -> bytes:
        """Return the secret; raise ``InvalidTag`` for another key or another place."""
        return _opened(self.master.secret, wrapped, bound=bound)

    def new_root(self) -> bytes:
        """Return the wrapped secret of a new store."""
        return self.wrap(self.random_bytes(KEY_BYTES), bound=ROOT)

    def root(self, wrapped: bytes) -> bytes:
        """Return the secret of a store.

        Raises
        ------
        MasterKeyRefused
            If the store was sealed by another master key.
        """
        try:
            return self.unwrap(wrapped, bound=ROOT)
        except InvalidTag:
            raise MasterKeyRefused(
                "this master key is not the one that the contact store was sealed with; nothing "
                "was changed; set the right one, or restore its file"
            ) from None

    def seal(self, person: Person, *, tenant: str, contact_id: str) -> Sealed:
        """Return a person sealed under a new key of its own."""
        key = self.random_bytes(KEY_BYTES)
        wrapped = self.wrap(key, bound=bound_to(tenant, contact_id, "key"))
        name, phone, address = (
            _sealed(
                key,
                _padded(text),
                bound=bound_to(tenant, contact_id, each),
                random_bytes=self.random_bytes,
            )
            for each, text in zip(FIELDS, _texts(person), strict=True)
        )
        return Sealed(wrapped, name, phone, address)

    def open(self, sealed: Sealed, *, tenant: str, contact_id: str) -> Person:
        """Return the person.

        Raises
        ------
        ContactsDamaged
            If a part is not what was sealed for this tenant, contact and field.
        """
        try:
            key = self.unwrap(sealed.wrapped_key, bound=bound_to(tenant, contact_id, "key"))
            name, phone, address = (
                _opened(key, part, bound=bound_to(tenant, contact_id, each))
                for each, part in zip(
                    FIELDS, (sealed.name, sealed.phone, sealed.address), strict=True
                )
            )
        except InvalidTag:
            raise _damaged(contact_id) from None
        return Person(_unpadded(name), _unpadded(phone), _unpadded(address))

    def rewrap(self, wrapped: bytes, *, by: "Sealer", tenant: str, contact_id: str) -> bytes:
        """Return a person's key wrapped by another master key; the data stay as they are.

        Raises
        ------
        ContactsDamaged
            If this master key does not open it.
        """
        bound = bound_to(tenant, contact_id, "key")
        try:
            return by.wrap(self.unwrap(wrapped, bound=bound), bound=bound)
        except InvalidTag:
            raise _damaged(contact_id) from None


def _damaged(contact_id: str) -> ContactsDamaged:
    return ContactsDamaged(
        f"contact {contact_id}: what is stored was not sealed for this tenant, contact and field"
    )


def _texts(person: Person) -> tuple[str, str, str]:
    name, phone, address = astuple(person)
    return name, phone, address


def _padded(text: str) -> bytes:
    """Return the text's length, its bytes, and zeros up to the next whole block."""
    written = text.encode()
    whole = len(written).to_bytes(LENGTH_BYTES) + written
    return whole + bytes(-len(whole) % PADDED_BYTES)


def _unpadded(whole: bytes) -> str:
    length = int.from_bytes(whole[:LENGTH_BYTES])
    return whole[LENGTH_BYTES : LENGTH_BYTES + length].decode()


def derived(root: bytes, purpose: str, *parts: str) -> bytes:
    """Return a secret of its own for each purpose, and for each tenant or request in it."""
    return hmac.new(root, bound_to(purpose, *parts), hashlib.sha256).digest()
