"""To which addresses a webhook may go: to machines of the whole internet, never to ours.

An address is judged together with every IPv4 address that it carries inside, and against networks
kept as data: what a version of Python calls global is not enough.
"""

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from urllib.parse import urlsplit

from schemas.refusal import shown

ALLOWED_PORTS = frozenset({443, 8443})
MAX_URL_CHARACTERS = 2_048
MAX_ADDRESSES = 32

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Resolve = Callable[[str, int], Sequence[str]]
"""Asks the name service once: host name and port to addresses as text."""

_GLOBAL_V6 = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")
_ISATAP = (0x0000_5EFE, 0x0200_5EFE)
# Names, not addresses: the last label begins with a letter, so 127.1 and 0x7f.1 are none.
_NAME = re.compile(
    r"(?=.{4,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])",
    re.ASCII,
)


class TargetRefused(ValueError):
    """A webhook may not go there; the message names the address or part that is refused."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a webhook goes, as its owner wrote it."""

    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """The Host header."""
        return self.host if self.port == 443 else f"{self.host}:{self.port}"


def target_of(url: str, *, allowed_ports: frozenset[int] = ALLOWED_PORTS) -> Target:
    """Return where ``url`` leads; its name is not resolved.

    Raises
    ------
    TargetRefused
        If it is not https to a host name and an allowed port, or holds what readers of addresses
        read differently.
    """
    if len(url) > MAX_URL_CHARACTERS:
        raise TargetRefused(f"an address has at most {MAX_URL_CHARACTERS} characters")
    if re.fullmatch(r"[\x21-\x7e]+", url) is None or "\\" in url:
        raise TargetRefused(f"{shown(url)} holds a character that an address must escape")
    try:
        parts = urlsplit(url)
        port = parts.port or (0 if ":" in parts.netloc.rpartition("]")[2] else 443)
    except ValueError:
        raise TargetRefused(f"{shown(url)} is no address") from None
    host = (parts.hostname or "").lower()
    if parts.scheme != "https" or "@" in parts.netloc or parts.fragment:
        raise TargetRefused(f"{shown(url)} must be https, without user and fragment")
    if _NAME.fullmatch(host) is None:
        raise TargetRefused(f"{shown(host)} is no host name; in other scripts, write it as xn--")
    if port not in allowed_ports:
        told = ", ".join(map(str, sorted(allowed_ports)))
        raise TargetRefused(f"port {port} is not allowed; {told} are")
    return Target(host, port, (parts.path or "/") + (f"?{parts.query}" if parts.query else ""))


def resolved(target: Target, resolve: Resolve) -> Address:
    """Return the address to connect to, after the one question; every answer must be allowed.

    Raises
    ------
    TargetRefused
        If one of them is not, there is none, or there are too many.
    """
    texts = resolve(target.host, target.port)
    if not 1 <= len(texts) <= MAX_ADDRESSES:
        raise TargetRefused(f"{target.host} has {len(texts)} addresses; 1 to {MAX_ADDRESSES} do")
    addresses = [_read(text) for text in texts]
    for address in addresses:
        why = why_refused(address)
        if why is not None:
            raise TargetRefused(f"{target.host} is {address}: {why}")
    return addresses[0]


def _read(text: str) -> Address:
    try:
        return ip_address(text)
    except ValueError:
        raise TargetRefused(f"{shown(text)} is no address") from None


def why_refused(address: Address) -> str | None:
    """Return why nothing may be sent to ``address``, or None where it may.

    Examples
    --------
    >>> why_refused(ip_address("100.100.100.200"))
    'shared address space and metadata of clouds'
    >>> why_refused(ip_address("64:ff9b::7f00:1"))
    'NAT64 of 127.0.0.1: loopback'
    >>> why_refused(ip_address("8.8.8.8"))
    """
    for way, inner in embedded(address):
        why = why_refused(inner)
        if why is not None:
            return f"{way} of {inner}: {why}"
    if is_translated(address):
        return None
    return _why_outside(address)


def _why_outside(address: Address) -> str | None:
    for network, why in denied_networks():
        if address.version == network.version and address in network:
            return why
    if isinstance(address, IPv6Address) and address not in _GLOBAL_V6:
        return "not global unicast"
    if not address.is_global or address.is_multicast or address.is_reserved:
        return "not global"
    return None


def is_translated(address: Address) -> bool:
    """Return whether ``address`` is nothing but another way to write an IPv4 address."""
    return isinstance(address, IPv6Address) and (
        address.ipv4_mapped is not None or address in _NAT64
    )


def embedded(address: Address) -> Iterator[tuple[str, IPv4Address]]:
    """Yield the IPv4 addresses that ``address`` carries inside, and by which way of writing."""
    if isinstance(address, IPv4Address):
        return
    last = IPv4Address(int(address) & 0xFFFF_FFFF)
    if address.ipv4_mapped is not None:
        yield "mapped form", address.ipv4_mapped
    if address.sixtofour is not None:
        yield "6to4", address.sixtofour
    if address in _NAT64:
        yield "NAT64", last
    if address.teredo is not None:
        for inner in address.teredo:
            yield "Teredo", inner
    if (int(address) >> 32) & 0xFFFF_FFFF in _ISATAP:
        yield "ISATAP", last


@cache
def denied_networks() -> tuple[tuple[Network, str], ...]:
    """Return the networks that are refused whatever else is said of them, and why."""
    text = resources.files("web.partner").joinpath("denied_networks.csv").read_text("utf-8")
    rows = csv.DictReader(text.splitlines(), strict=True)
    return tuple((ip_network(row["network"]), row["why"]) for row in rows)
