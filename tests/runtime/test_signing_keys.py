"""The private key is its owner's alone; a key list says nothing that the keys do not say."""

import json
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import ECKey, OKPKey

from runtime.settings import SigningSettings
from runtime.signing_keys import (
    MAX_KEY_LIST_BYTES,
    MAX_KEYS,
    KeyListRefused,
    SigningKeyRefused,
    key_list,
    keys_in,
    kid_of,
    read_keys,
    signing_key,
    verifying_keys,
)
from tests.runtime.signed import STANDARD_KEY, STANDARD_KID, standard_key

OTHER = OKPKey.derive_key("another")


def settings(folder: Path, **more: Any) -> SigningSettings:
    return SigningSettings(key_file=folder / "signing" / "key.pem", **more)


def as_list(*keys: OKPKey) -> bytes:
    return json.dumps(key_list(keys)).encode()


def test_the_first_use_makes_a_key_that_only_its_owner_reads(tmp_path: Path) -> None:
    made = signing_key(settings(tmp_path))

    file = settings(tmp_path).key_file
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert [one.name for one in file.parent.iterdir()] == ["key.pem"]
    assert kid_of(signing_key(settings(tmp_path))) == kid_of(made)


def test_whoever_comes_at_the_same_time_gets_the_same_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: kid_of(signing_key(settings(tmp_path))), range(16)))

    assert len(set(made)) == 1


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    signing_key(settings(tmp_path))
    settings(tmp_path).key_file.chmod(0o640)

    with pytest.raises(SigningKeyRefused, match="has mode 0640, others may use it; chmod 0600"):
        signing_key(settings(tmp_path))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "holds no PEM"),
        (b"no key", "holds no PEM"),
        (OTHER.as_pem(private=False), "holds no private key of Ed25519"),
        (OKPKey.generate_key("Ed448").as_pem(private=True), "holds no private key of Ed25519"),
        (ECKey.generate_key("P-256").as_pem(private=True), "holds no P"),
    ],
)
def test_what_is_no_private_key_is_refused(tmp_path: Path, content: bytes, why: str) -> None:
    file = settings(tmp_path).key_file
    file.parent.mkdir()
    file.touch(mode=0o600)
    file.write_bytes(content)

    with pytest.raises(SigningKeyRefused, match=why):
        signing_key(settings(tmp_path))


def test_a_place_where_no_key_can_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "signing").write_text("a file")

    with pytest.raises(SigningKeyRefused, match=r"LOOPLINE_SIGNING__KEY_FILE=.* cannot be"):
        signing_key(settings(tmp_path))


def test_a_key_is_named_by_its_thumbprint_as_the_standard_says() -> None:
    assert kid_of(standard_key()) == STANDARD_KID


def test_a_published_list_holds_no_private_part() -> None:
    told = key_list([standard_key(), OTHER])

    assert [set(one) for one in told["keys"]] == [{"kty", "crv", "x", "use", "kid"}] * 2
    assert set(keys_in(json.dumps(told).encode())) == {STANDARD_KID, kid_of(OTHER)}


def test_the_signing_key_and_the_retired_ones_verify(tmp_path: Path) -> None:
    retired = tmp_path / "retired.jwks.json"
    retired.write_bytes(as_list(OTHER))
    file = settings(tmp_path, retired_keys_file=retired)
    own = signing_key(file)

    found = verifying_keys(file, own)

    assert set(found) == {kid_of(own), kid_of(OTHER)}
    assert not any(key.is_private for key in found.values())
    assert set(verifying_keys(settings(tmp_path), own)) == {kid_of(own)}


def test_what_a_list_calls_a_key_makes_no_difference() -> None:
    told = key_list([OTHER])
    told["keys"][0]["kid"] = STANDARD_KID

    assert set(keys_in(json.dumps(told).encode())) == {kid_of(OTHER)}


def test_keys_of_other_kinds_are_left_aside() -> None:
    told = key_list([OTHER])
    told["keys"] += [ECKey.generate_key("P-256").as_dict(private=False), {"kty": "oct"}, 5]

    assert set(keys_in(json.dumps(told).encode())) == {kid_of(OTHER)}


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "is no JSON"),
        (b"\xff", "is no JSON"),
        (b"[" * 50_000, "is no JSON"),
        (b"[]", "is no key list"),
        (b'{"keys": {}}', "is no key list"),
        (json.dumps({"keys": [{}] * (MAX_KEYS + 1)}).encode(), "is no key list"),
        (json.dumps({"keys": [STANDARD_KEY]}).encode(), "holds a private key; take it out"),
        (b'{"keys": [{"kty": "OKP", "crv": "Ed25519"}]}', "x is None"),
        (b'{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "AAAA"}]}', "x is AAAA"),
        (b'{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": 5}]}', "x is 5"),
        (b" " * (MAX_KEY_LIST_BYTES + 1), "has more than"),
    ],
)
def test_a_list_that_cannot_be_is_refused(tmp_path: Path, raw: bytes, why: str) -> None:
    file = tmp_path / "keys.json"
    file.write_bytes(raw)

    with pytest.raises(KeyListRefused, match=why) as caught:
        read_keys(file)

    assert str(file) in str(caught.value)


def test_a_list_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(KeyListRefused, match="cannot be read: No such file"):
        read_keys(tmp_path / "none.json")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_key_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    signing_key(settings(tmp_path))
    settings(tmp_path).key_file.chmod(0)

    with pytest.raises(SigningKeyRefused, match="Permission denied"):
        signing_key(settings(tmp_path))
