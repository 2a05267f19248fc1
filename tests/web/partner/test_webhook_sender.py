"""One webhook goes to the address that was checked, under its name, in five seconds."""

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from time import monotonic, sleep
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from web.partner.address_guard import TargetRefused, target_of
from web.partner.webhook_sender import (
    MAX_ANSWER_BYTES,
    MAX_BODY_BYTES,
    Answered,
    Sender,
    SendFailed,
    parse_answer,
    request_bytes,
    system_resolver,
)

HOST = "hooks.example.com"
URL = f"https://{HOST}/in?x=1"
PUBLIC = "93.184.215.14"

Answer = Callable[[ssl.SSLSocket], None]


@dataclass
class Receiver:
    """A receiver on this machine that stands for a public address."""

    port: int
    context: ssl.SSLContext
    dialled: list[tuple[str, int]] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    requests: list[bytes] = field(default_factory=list)

    def connect(self, address: str, port: int, timeout_s: float) -> socket.socket:
        self.dialled.append((address, port))
        return socket.create_connection(("127.0.0.1", self.port), timeout=timeout_s)

    def sender(self, *addresses: str, timeout_s: float = 5.0) -> Sender:
        return Sender(
            resolve=lambda _host, _port: list(addresses or (PUBLIC,)),
            connect=self.connect,
            tls=self.context,
            timeout_s=timeout_s,
        )


def certificate(folder: Path, name: str) -> Path:
    """Return a file with a key and a certificate for ``name`` that it signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{name}.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    return file


@contextmanager
def receiving(folder: Path, answer: Answer, *, name: str = HOST) -> Iterator[Receiver]:
    file = certificate(folder, name)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    listener = socket.create_server(("127.0.0.1", 0))
    receiver = Receiver(listener.getsockname()[1], ssl.create_default_context(cafile=str(file)))
    server.sni_callback = lambda _link, told, _context: receiver.names.append(told)

    def serve() -> None:
        try:
            raw, _ = listener.accept()
            with raw, server.wrap_socket(raw, server_side=True) as link:
                receiver.requests.append(link.recv(65_536))
                answer(link)
        except OSError:
            return  # the sender went away

    thread = Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        with suppress(OSError):  # wakes who still waits for a caller
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(10)


def saying(text: bytes) -> Answer:
    return lambda link: link.sendall(text)


NO_CONTENT = saying(b"HTTP/1.1 204 No Content\r\n\r\n")


def test_a_webhook_goes_to_the_checked_address_under_the_name_of_its_host(tmp_path: Path) -> None:
    with receiving(tmp_path, NO_CONTENT) as receiver:
        answered = receiver.sender().send(URL, {"webhook-id": "msg_1"}, b'{"a":1}')

    assert answered == Answered(204)
    assert receiver.dialled == [(PUBLIC, 443)]
    assert receiver.names == [HOST]
    head, _, body = receiver.requests[0].partition(b"\r\n\r\n")
    assert head.splitlines()[0] == b"POST /in?x=1 HTTP/1.1"
    assert f"Host: {HOST}".encode() in head.splitlines()
    assert b"webhook-id: msg_1" in head.splitlines()
    assert body == b'{"a":1}'


def test_a_redirect_is_an_answer_and_not_followed(tmp_path: Path) -> None:
    redirect = saying(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\n\r\n")
    with receiving(tmp_path, redirect) as receiver:
        answered = receiver.sender().send(URL, {}, b"{}")

    assert answered == Answered(302)
    assert len(receiver.dialled) == 1


def test_nothing_is_dialled_where_the_name_leads_inside(tmp_path: Path) -> None:
    with receiving(tmp_path, NO_CONTENT) as receiver:
        for addresses in (("127.0.0.1",), (PUBLIC, "169.254.169.254"), ("64:ff9b::7f00:1",)):
            with pytest.raises(TargetRefused):
                receiver.sender(*addresses).send(URL, {}, b"{}")

    assert receiver.dialled == []


def test_a_certificate_for_another_name_is_not_believed(tmp_path: Path) -> None:
    with (
        receiving(tmp_path, NO_CONTENT, name="other.example.com") as receiver,
        pytest.raises(SendFailed, match="certificate"),
    ):
        receiver.sender().send(URL, {}, b"{}")

    assert receiver.requests == []


def test_a_certificate_that_nobody_vouches_for_is_not_believed(tmp_path: Path) -> None:
    with receiving(tmp_path, NO_CONTENT) as receiver:
        receiver.context = ssl.create_default_context()
        with pytest.raises(SendFailed, match="certificate"):
            receiver.sender().send(URL, {}, b"{}")


def drip(link: ssl.SSLSocket) -> None:
    for _ in range(100):
        link.sendall(b"H")
        sleep(0.05)


def flood(link: ssl.SSLSocket) -> None:
    link.sendall(b"HTTP/1.1 200 OK\r\n")
    for _ in range(200):
        link.sendall(b"x: " + b"y" * 1_000 + b"\r\n")


def hints(link: ssl.SSLSocket) -> None:
    for _ in range(10_000):
        link.sendall(b"HTTP/1.1 103 Early Hints\r\n\r\n")


def silence(link: ssl.SSLSocket) -> None:
    link.recv(1)


@pytest.mark.parametrize("answer", [drip, silence])
def test_a_receiver_that_drips_or_is_silent_does_not_hold_the_thread(
    tmp_path: Path, answer: Answer
) -> None:
    began_s = monotonic()

    with receiving(tmp_path, answer) as receiver, pytest.raises(SendFailed):
        receiver.sender(timeout_s=0.4).send(URL, {}, b"{}")

    assert monotonic() - began_s < 3


@pytest.mark.parametrize("answer", [flood, hints])
def test_no_more_than_64_kib_of_an_answer_are_read(tmp_path: Path, answer: Answer) -> None:
    with receiving(tmp_path, answer) as receiver, pytest.raises(SendFailed, match="65536 bytes"):
        receiver.sender().send(URL, {}, b"{}")


@pytest.mark.parametrize("text", [b"", b"HTTP/1.1 20", b"SSH-2.0-x\r\n\r\n", b"HTTP/2 200\r\n\r\n"])
def test_what_is_no_answer_is_a_failure(tmp_path: Path, text: bytes) -> None:
    with receiving(tmp_path, saying(text)) as receiver, pytest.raises(SendFailed):
        receiver.sender().send(URL, {}, b"{}")


def test_an_answer_after_hints_and_its_pause_are_read(tmp_path: Path) -> None:
    text = b"HTTP/1.1 103 \r\n\r\nHTTP/1.1 503 Busy\r\nretry-AFTER: 120\r\n\r\n"
    with receiving(tmp_path, saying(text)) as receiver:
        assert receiver.sender().send(URL, {}, b"{}") == Answered(503, 120)


def test_a_connection_that_is_refused_is_a_failure() -> None:
    def connect(*_: Any) -> socket.socket:
        raise ConnectionRefusedError("refused")

    sender = Sender(resolve=lambda _host, _port: [PUBLIC], connect=connect)

    with pytest.raises(SendFailed, match=f"{HOST} at {PUBLIC}: refused"):
        sender.send(URL, {}, b"{}")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("x\r\ny", "1"),
        ("x", "1\r\nEvil: 1"),
        ("x", "\x00"),
        ("x y", "1"),
        ("", "1"),
        ("host", "evil"),
        ("Content-Length", "1"),
        ("x", "\u00e9"),
    ],
)
def test_a_header_cannot_break_the_line(name: str, value: str) -> None:
    with pytest.raises(ValueError, match="header"):
        request_bytes(target_of(URL), {name: value}, b"")


def test_a_webhook_is_thin() -> None:
    with pytest.raises(ValueError, match="at most"):
        request_bytes(target_of(URL), {}, b"x" * (MAX_BODY_BYTES + 1))


@given(received=st.binary(max_size=300).map(lambda tail: b"HTTP/1.1 " + tail) | st.binary())
def test_whatever_is_answered_is_a_status_or_a_failure(received: bytes) -> None:
    try:
        answered, unread = parse_answer(received)
    except SendFailed:
        return
    assert answered is None or 101 <= answered.status <= 599
    assert len(unread) <= len(received) <= MAX_ANSWER_BYTES


def test_the_system_is_asked_and_each_address_told_once() -> None:
    assert set(system_resolver()("localhost", 443)) <= {"127.0.0.1", "::1"}


def test_a_name_that_is_not_known_or_not_answered_in_time_is_a_failure() -> None:
    answered = Event()

    def unknown(*_: Any, **__: Any) -> list[Any]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    def slow(*_: Any, **__: Any) -> list[Any]:
        answered.wait(10)
        return []

    with pytest.raises(SendFailed, match="unknown"):
        system_resolver(unknown)(HOST, 443)
    with pytest.raises(SendFailed, match=r"within 0\.05 s"):
        system_resolver(slow, timeout_s=0.05)(HOST, 443)
    answered.set()
