"""What is uploaded is what was declared, or is refused with what it is."""

import hashlib

import pytest

from tests.web.partner.builders import expect_problem
from web.partner.problems import ProblemName
from web.partner.upload import (
    MAX_UPLOAD_BYTES,
    Declared,
    check_bytes,
    declared,
    path_of,
    served_headers,
)

JPEG = b"\xff\xd8\xff\xe0" + b"x" * 20
SHA256 = hashlib.sha256(JPEG).hexdigest()


def declare(content: bytes = JPEG, media_type: str = "image/jpeg") -> Declared:
    digest = hashlib.sha256(content).hexdigest()
    return declared(sha256=digest, size_bytes=len(content), media_type=media_type)


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (JPEG, "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n....", "image/png"),
        (b"RIFF\n\n\n\nWEBPVP8 ", "image/webp"),
    ],
)
def test_what_was_declared_is_taken(content: bytes, media_type: str) -> None:
    check_bytes(content, declare(content, media_type))


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"<svg onload=alert(1)>", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n....", "image/jpeg"),
        (JPEG, "image/png"),
        (b"RIFF\n\n\n\nWAVE", "image/webp"),
        (b" " + JPEG, "image/jpeg"),
        (b"%PDF-1.7", "image/jpeg"),
        (b"\xff\xd8", "image/jpeg"),
    ],
)
def test_bytes_of_another_kind_are_refused(content: bytes, media_type: str) -> None:
    what = declare(content, media_type)

    problem = expect_problem(ProblemName.VALIDATION_FAILED, lambda: check_bytes(content, what))

    assert problem.members["errors"][0]["pointer"] == "/media_type"


@pytest.mark.parametrize(
    ("content", "pointer"), [(JPEG[:-1], "/size_bytes"), (JPEG[:-1] + b"y", "/sha256")]
)
def test_another_size_or_hash_is_refused_with_what_came(content: bytes, pointer: str) -> None:
    problem = expect_problem(ProblemName.VALIDATION_FAILED, lambda: check_bytes(content, declare()))

    assert problem.members["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"media_type": "image/svg+xml"}, ProblemName.MEDIA_TYPE_UNSUPPORTED),
        ({"media_type": "IMAGE/JPEG"}, ProblemName.MEDIA_TYPE_UNSUPPORTED),
        ({"size_bytes": 0}, ProblemName.VALIDATION_FAILED),
        ({"size_bytes": -1}, ProblemName.VALIDATION_FAILED),
        ({"size_bytes": MAX_UPLOAD_BYTES + 1}, ProblemName.BODY_TOO_LARGE),
        ({"sha256": SHA256.upper()}, ProblemName.VALIDATION_FAILED),
        ({"sha256": SHA256 + "\n"}, ProblemName.VALIDATION_FAILED),
        ({"sha256": "../" * 20}, ProblemName.VALIDATION_FAILED),
    ],
)
def test_what_cannot_be_declared(changed: dict[str, object], name: ProblemName) -> None:
    plain = {"sha256": SHA256, "size_bytes": 24, "media_type": "image/jpeg"}

    expect_problem(name, lambda: declared(**plain | changed))  # type: ignore[arg-type]


def test_the_largest_upload_has_ten_mebibytes() -> None:
    assert (
        declared(sha256=SHA256, size_bytes=10 * 1024 * 1024, media_type="image/png").size_bytes
        == 10_485_760
    )


def test_a_file_lies_under_its_content_and_nowhere_else() -> None:
    assert str(path_of("ab12" + "0" * 60, "image/png")) == f"ab/12/ab12{'0' * 60}.png"
    with pytest.raises(ValueError, match="SHA-256"):
        path_of("../../etc/passwd", "image/png")


def test_a_file_is_given_out_to_be_saved() -> None:
    headers = served_headers(SHA256, "image/jpeg")

    assert headers["Content-Disposition"] == f'attachment; filename="{SHA256}.jpg"'
    assert headers["X-Content-Type-Options"] == "nosniff"
