"""To which addresses a webhook may go: every trick that leads inside is refused."""

from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.partner.address_guard import (
    ALLOWED_PORTS,
    MAX_ADDRESSES,
    TargetRefused,
    denied_networks,
    resolved,
    target_of,
    why_refused,
)

INSIDE = (
    "127.0.0.1",
    "0.0.0.0",  # noqa: S104 - an address to refuse, not one to listen on
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",  # metadata of most clouds
    "100.100.100.200",  # metadata of Alibaba's: neither private nor global
    "168.63.129.16",  # host services of Azure's: looks global
    "192.0.0.192",  # metadata of Oracle's
    "192.88.99.1",
    "198.18.0.1",
    "192.0.2.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",  # multicast counts as global in Python
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
)
OUTSIDE = ("8.8.8.8", "1.1.1.1", "93.184.215.14", "223.5.5.5", "100.63.255.255", "100.128.0.1")


def mapped(inner: IPv4Address) -> IPv6Address:
    return IPv6Address(0xFFFF << 32 | int(inner))


def compatible(inner: IPv4Address) -> IPv6Address:
    return IPv6Address(int(inner))


def translated(inner: IPv4Address) -> IPv6Address:
    return IPv6Address(0xFFFF << 48 | int(inner))  # ::ffff:0:a.b.c.d


def nat64(inner: IPv4Address) -> IPv6Address:
    return IPv6Address(0x64_FF9B << 96 | int(inner))


def local_nat64(inner: IPv4Address) -> IPv6Address:
    return IPv6Address(0x64_FF9B_0001 << 80 | int(inner))


def six_to_four(inner: IPv4Address) -> IPv6Address:
    return IPv6Address(0x2002 << 112 | int(inner) << 80 | 1)


def teredo_client(inner: IPv4Address) -> IPv6Address:
    server = int(IPv4Address("8.8.8.8"))
    return IPv6Address(0x2001_0000 << 96 | server << 64 | (int(inner) ^ 0xFFFF_FFFF))


def teredo_server(inner: IPv4Address) -> IPv6Address:
    client = int(IPv4Address("8.8.8.8")) ^ 0xFFFF_FFFF
    return IPv6Address(0x2001_0000 << 96 | int(inner) << 64 | client)


def isatap(inner: IPv4Address) -> IPv6Address:
    return IPv6Address(0x2606_4700 << 96 | 0x5EFE << 32 | int(inner))


WAYS: tuple[Callable[[IPv4Address], IPv6Address], ...] = (
    mapped, compatible, translated, nat64, local_nat64, six_to_four, teredo_client, teredo_server,
    isatap,
)  # fmt: skip


@pytest.mark.parametrize("inner", INSIDE)
def test_an_address_inside_is_refused(inner: str) -> None:
    assert why_refused(ip_address(inner)) is not None


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("inner", INSIDE)
def test_an_address_inside_is_refused_however_it_is_wrapped(
    inner: str, way: Callable[[IPv4Address], IPv6Address]
) -> None:
    assert why_refused(way(IPv4Address(inner))) is not None


@pytest.mark.parametrize(
    "address",
    [
        "::",
        "::1",
        "64:ff9b::7f00:1",  # Python calls it global
        "2002:7f00:1::",  # this one too
        "64:ff9b:1::808:808",
        "3fff::1",
        "2001:db8::1",
        "100::1",
        "100:0:0:1::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",  # metadata of Amazon's
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
        "ff0e::1",
        "4000::1",  # not given to anybody
    ],
)
def test_an_address_of_the_sixth_version_that_is_not_of_the_internet_is_refused(
    address: str,
) -> None:
    assert why_refused(ip_address(address)) is not None


@pytest.mark.parametrize(
    ("address", "why"),
    [
        (teredo_client(IPv4Address("127.0.0.1")), "Teredo of 127.0.0.1: loopback"),
        (teredo_server(IPv4Address("10.0.0.1")), "Teredo of 10.0.0.1: private use"),
        (IPv6Address("2002:7f00:1::"), "6to4 of 127.0.0.1: loopback"),
        (IPv6Address("4000::1"), "not global unicast"),
        (IPv4Address("224.0.0.1"), "multicast"),
    ],
)
def test_a_refusal_says_which_address_it_is_about(
    address: IPv4Address | IPv6Address, why: str
) -> None:
    assert why_refused(address) == why


@pytest.mark.parametrize("address", [*OUTSIDE, "2606:4700:4700::1111", "2400:3200::1"])
def test_an_address_of_the_internet_is_allowed(address: str) -> None:
    assert why_refused(ip_address(address)) is None


@pytest.mark.parametrize("way", [mapped, nat64, six_to_four, isatap])
@pytest.mark.parametrize("inner", OUTSIDE)
def test_a_wrapped_address_of_the_internet_is_allowed(
    inner: str, way: Callable[[IPv4Address], IPv6Address]
) -> None:
    assert why_refused(way(IPv4Address(inner))) is None


@given(inner=st.ip_addresses(v=4), way=st.sampled_from(WAYS))
def test_no_wrapping_opens_what_is_closed(
    inner: IPv4Address, way: Callable[[IPv4Address], IPv6Address]
) -> None:
    if why_refused(inner) is not None:
        assert why_refused(way(inner)) is not None


@given(data=st.data())
def test_whatever_lies_in_a_denied_network_is_refused(data: st.DataObject) -> None:
    network, _ = data.draw(st.sampled_from(denied_networks()))
    address = data.draw(st.ip_addresses(network=str(network)))

    assert why_refused(address) is not None


@given(address=st.ip_addresses())
def test_what_is_allowed_is_global_in_pythons_eyes_too(
    address: IPv4Address | IPv6Address,
) -> None:
    if why_refused(address) is None:
        inner = getattr(address, "ipv4_mapped", None) or address
        assert inner.is_global or address in IPv6Network("64:ff9b::/96")
        assert not inner.is_multicast
        assert not inner.is_private


def test_the_networks_of_the_specification_are_denied() -> None:
    named = {network for network, _ in denied_networks()}

    assert named >= {
        IPv4Network("192.0.0.0/24"),
        IPv4Network("192.88.99.0/24"),
        IPv6Network("64:ff9b:1::/48"),
        IPv6Network("3fff::/20"),
    }
    assert all(why for _, why in denied_networks())


@pytest.mark.parametrize(
    ("url", "host", "port", "path"),
    [
        ("https://hooks.example.com", "hooks.example.com", 443, "/"),
        ("https://Hooks.Example.COM:8443/a?b=c", "hooks.example.com", 8443, "/a?b=c"),
        ("https://xn--fiq228c.example/x", "xn--fiq228c.example", 443, "/x"),
        ("HTTPS://hooks.example.com?x", "hooks.example.com", 443, "/?x"),
    ],
)
def test_where_an_address_leads(url: str, host: str, port: int, path: str) -> None:
    target = target_of(url)

    assert (target.host, target.port, target.path) == (host, port, path)
    assert target.authority == (host if port == 443 else f"{host}:{port}")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hooks.example.com",
        "//hooks.example.com",
        "http://hooks.example.com/",
        "ftp://hooks.example.com/",
        "file:///etc/passwd",
        "gopher://hooks.example.com/",
        "https:///path",
        "https://hooks.example.com:22/",
        "https://hooks.example.com:0/",
        "https://hooks.example.com:/",
        "https://hooks.example.com:99999/",
        "https://hooks.example.com:x/",
        "https://user@hooks.example.com/",
        "https://user:secret@hooks.example.com/",
        "https://hooks.example.com#@evil.example/",
        "https://hooks.example.com\\@127.0.0.1/",
        "https://hooks.example.com\t/",
        "https://hooks.exam\nple.com/",
        " https://hooks.example.com/",
        "https://hooks.example.com/ HTTP/1.1\r\nHost: evil",
        "https://localhost/",
        "https://localhost./",
        "https://hooks.example.com./",
        "https://127.0.0.1/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0x7f.0.0.1/",
        "https://0177.0.0.1/",
        "https://127.0.0.0x1/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[fe80::1%25eth0]/",
        "https://[/",
        "https://\u2460\u2461\u2466.0.0.1/",  # digits in circles, which some readers unfold
        "https://ex\u00e4mple.com/",
        "https://hooks.example.com%2f@evil/",
        "https://a..example.com/",
        "https://-a.example.com/",
        f"https://{'a' * 64}.example.com/",
        f"https://{'a.' * 130}com/",
        "https://hooks.example.com/" + "a" * 2_100,
    ],
)
def test_where_no_webhook_goes(url: str) -> None:
    with pytest.raises(TargetRefused):
        target_of(url)


@given(url=st.text(max_size=80) | st.from_regex(r"https://[^/]{0,20}(:[0-9]{0,6})?/.{0,10}"))
def test_whatever_is_written_leads_to_a_name_and_port_or_nowhere(url: str) -> None:
    try:
        target = target_of(url)
    except TargetRefused:
        return
    assert target.port in ALLOWED_PORTS
    assert "." in target.host
    with pytest.raises(ValueError, match=r"."):
        ip_address(target.host)


def answers(*addresses: str) -> Callable[[str, int], list[str]]:
    return lambda _host, _port: list(addresses)


TARGET = target_of("https://hooks.example.com/")


def test_the_first_address_is_taken_when_all_are_allowed() -> None:
    resolve = answers("93.184.215.14", "2606:4700::1")

    assert resolved(TARGET, resolve) == ip_address("93.184.215.14")


@pytest.mark.parametrize(
    "addresses",
    [
        (),
        ("127.0.0.1",),
        ("93.184.215.14", "127.0.0.1"),  # one wrong among good ones
        ("93.184.215.14", "fe80::1"),
        ("93.184.215.14",) * (MAX_ADDRESSES + 1),
        ("not an address",),
        ("127.0.0.1\n",),
    ],
)
def test_one_wrong_address_is_enough(addresses: tuple[str, ...]) -> None:
    with pytest.raises(TargetRefused):
        resolved(TARGET, answers(*addresses))


def test_the_name_service_is_asked_once() -> None:
    asked: list[tuple[str, int]] = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append((host, port))
        return ["93.184.215.14"]

    resolved(TARGET, resolve)

    assert asked == [("hooks.example.com", 443)]
