"""Standard Webhooks 1.0: what is signed, who believes it, and for how long."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.web.partner.builders import NOON
from web.partner.webhook_signature import (
    SignatureInvalid,
    WebhookSecret,
    new_secret,
    read_secret,
    sign,
    signed_headers,
    verify,
)

OLD, NEW, STRANGE = (WebhookSecret(bytes([n]) * 32) for n in (1, 2, 3))
BODY = b'{"type":"unit.collected"}'


def headers(*secrets: WebhookSecret, at: datetime = NOON, body: bytes = BODY) -> dict[str, str]:
    return dict(signed_headers(secrets or (OLD,), message_id="msg_1", at=at, body=body))


def test_the_example_of_the_standard_is_signed_alike() -> None:
    secret = read_secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")

    signature = sign(
        secret,
        message_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp_s=1_614_265_330,
        body=b'{"test": 2432232314}',
    )

    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@given(secret=st.binary(min_size=24, max_size=64), body=st.binary(max_size=300))
def test_what_was_signed_is_believed(secret: bytes, body: bytes) -> None:
    told = read_secret(WebhookSecret(secret).text)

    verify(headers(told, body=body), body, active=[told], now=NOON)


@given(body=st.binary(max_size=100), at=st.integers(0, 99), flip=st.integers(1, 255))
def test_no_byte_of_the_body_can_be_changed(body: bytes, at: int, flip: int) -> None:
    changed = bytearray(body or b"x")
    changed[at % len(changed)] ^= flip

    with pytest.raises(SignatureInvalid):
        verify(headers(body=body), bytes(changed), active=[OLD], now=NOON)


@pytest.mark.parametrize(
    "changed",
    [
        {"webhook-id": "msg_2"},
        {"webhook-id": ""},
        {"webhook-id": "msg_1.1772366400"},  # would move the parts
        {"webhook-timestamp": str(int(NOON.timestamp()) + 1)},
        {"webhook-timestamp": ""},
        {"webhook-timestamp": "\u0661772366400"},
        {"webhook-timestamp": "1e9"},
        {"webhook-timestamp": "9" * 5_000},
        {"webhook-signature": ""},
        {"webhook-signature": "v1,"},
        {"webhook-signature": "v1,\u00e9"},
        {"webhook-signature": headers()["webhook-signature"].replace("v1,", "v2,")},
        {"webhook-signature": headers()["webhook-signature"].replace("v1,", "")},
        {"webhook-signature": "v1,x " * 10_000 + headers()["webhook-signature"]},
    ],
)
def test_what_was_not_signed_so_is_not_believed(changed: dict[str, str]) -> None:
    with pytest.raises(SignatureInvalid):
        verify(headers() | changed, BODY, active=[OLD], now=NOON)


def test_while_secrets_change_either_side_may_be_first() -> None:
    both = headers(NEW, OLD)

    assert len(both["webhook-signature"].split(" ")) == 2
    verify(both, BODY, active=[OLD], now=NOON)
    verify(both, BODY, active=[NEW], now=NOON)
    verify(headers(OLD), BODY, active=[NEW, OLD], now=NOON)
    for active in ([STRANGE], []):
        with pytest.raises(SignatureInvalid):
            verify(both, BODY, active=active, now=NOON)


@pytest.mark.parametrize(
    ("late_s", "believed"), [(-301, False), (-300, True), (300, True), (301, False)]
)
def test_a_message_is_believed_for_five_minutes(late_s: int, believed: bool) -> None:
    now = NOON + timedelta(seconds=late_s)

    if believed:
        verify(headers(), BODY, active=[OLD], now=now)
    else:
        with pytest.raises(SignatureInvalid, match="five minutes"):
            verify(headers(), BODY, active=[OLD], now=now)


@pytest.mark.parametrize("length", [0, 23, 65])
def test_a_secret_has_24_to_64_bytes(length: int) -> None:
    with pytest.raises(ValueError, match=f"got {length}"):
        WebhookSecret(b"x" * length)


def test_what_is_no_secret_is_refused_without_being_repeated() -> None:
    with pytest.raises(ValueError, match="base64") as caught:
        read_secret("whsec_!!" + "s3cret" * 10)

    assert "s3cret" not in str(caught.value)


def test_secrets_are_random_and_show_in_no_trace() -> None:
    secret = new_secret()

    assert secret != new_secret()
    assert repr(secret) == "WebhookSecret()"


@pytest.mark.parametrize("count", [0, 3])
def test_one_or_two_secrets_sign(count: int) -> None:
    with pytest.raises(ValueError, match=f"got {count}"):
        signed_headers([OLD] * count, message_id="m", at=NOON, body=BODY)


@pytest.mark.parametrize("message_id", ["", "a.b", "a\r\nb", "x" * 129])
def test_an_id_cannot_move_the_parts(message_id: str) -> None:
    with pytest.raises(ValueError, match="message id"):
        signed_headers([OLD], message_id=message_id, at=datetime(2026, 1, 1, tzinfo=UTC), body=BODY)
