"""Photographs keep their pixels, tell time and place once, and carry neither any further."""

import struct
import zlib
from datetime import UTC, datetime
from functools import cache
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.ExifTags import GPS, IFD, Base
from PIL.PngImagePlugin import PngInfo
from PIL.TiffImagePlugin import IFDRational

from tests.web.partner.builders import expect_problem, name_of
from web.partner.picture import Picture, Position, position_of, read_picture
from web.partner.problems import ProblemName
from web.problems import Problem

# Pillow says what it thinks of a broken file; the answer is what counts.
pytestmark = pytest.mark.filterwarnings("ignore::Warning:PIL")

CAMERA: dict[int, Any] = {
    Base.DateTimeOriginal: "2026:03:01 20:00:00",
    Base.OffsetTimeOriginal: "+08:00",
}
QINGDAO: dict[int, Any] = {
    GPS.GPSLatitudeRef: "N",
    GPS.GPSLatitude: (36.0, 4.0, 1.2),
    GPS.GPSLongitudeRef: "E",
    GPS.GPSLongitude: (120.0, 22.0, 58.8),
}


def photo(
    *,
    kind: str = "JPEG",
    size: tuple[int, int] = (40, 30),
    mode: str = "RGB",
    camera: dict[Any, Any] | None = None,
    gps: dict[Any, Any] | None = None,
    image: dict[Any, Any] | None = None,
    **saved: Any,
) -> bytes:
    """A small picture as a telephone makes one."""
    picture = Image.new(mode, size, 0)
    exif = Image.Exif()
    exif.update(image or {})
    exif.get_ifd(IFD.Exif).update(CAMERA if camera is None else camera)
    exif.get_ifd(IFD.GPSInfo).update(QINGDAO if gps is None else gps)
    file = BytesIO()
    picture.save(file, format=kind, exif=exif, **saved)
    return file.getvalue()


def read(content: bytes, media_type: str = "image/jpeg") -> Picture:
    return read_picture(content, media_type)


@pytest.mark.parametrize(
    ("kind", "media_type"),
    [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp")],
)
def test_time_and_place_are_read_and_the_picture_written_without(
    kind: str, media_type: str
) -> None:
    content = photo(kind=kind, image={Base.Make: "SecretMaker"})

    picture = read(content, media_type)

    assert b"SecretMaker" in content
    assert picture.taken_at == datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert picture.taken_local is None
    assert picture.position == Position(36.067, 120.383)
    again = read(picture.content, media_type)
    assert (again.taken_at, again.taken_local, again.position) == (None, None, None)
    assert (again.width_px, again.height_px) == (40, 30)
    with Image.open(BytesIO(picture.content)) as bare:
        assert bare.format == kind
        assert not bare.getexif()
    assert b"SecretMaker" not in picture.content


def test_comments_and_profiles_do_not_go_on() -> None:
    told = PngInfo()
    told.add_text("Author", "Zhang")
    png = photo(kind="PNG", pnginfo=told, icc_profile=b"profile of Zhang" * 10)
    jpeg = photo(comment="by Zhang", icc_profile=b"profile of Zhang" * 10)

    assert b"Zhang" not in read(png, "image/png").content
    assert b"Zhang" not in read(jpeg).content


def test_a_picture_is_turned_upright() -> None:
    picture = read(photo(image={Base.Orientation: 6}))

    assert (picture.width_px, picture.height_px) == (30, 40)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_pictures_of_every_mode_are_written_anew(mode: str) -> None:
    picture = read(photo(kind="PNG", mode=mode), "image/png")

    assert read(picture.content, "image/png").width_px == 40


def test_a_jpeg_for_print_is_written_anew() -> None:
    assert read(photo(mode="CMYK")).width_px == 40


def test_a_clock_without_offset_is_no_instant() -> None:
    picture = read(photo(camera={Base.DateTimeOriginal: "2026:03:01 20:00:00"}))

    assert picture.taken_at is None
    assert picture.taken_local == datetime(2026, 3, 1, 20)  # noqa: DTZ001 - it has no offset


def test_satellites_tell_the_instant_where_the_camera_does_not() -> None:
    gps = QINGDAO | {GPS.GPSDateStamp: "2026:03:01", GPS.GPSTimeStamp: (12.0, 0.0, 7.0)}

    picture = read(photo(camera={Base.DateTimeOriginal: "2026:03:01 20:00:00"}, gps=gps))

    assert picture.taken_at == datetime(2026, 3, 1, 12, 0, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    "camera",
    [
        {},
        {Base.DateTimeOriginal: "0000:00:00 00:00:00"},
        {Base.DateTimeOriginal: "    :  :     :  :  "},
        {Base.DateTimeOriginal: "yesterday"},
        {Base.DateTimeOriginal: ""},
    ],
)
def test_a_time_that_is_none_is_left_out(camera: dict[Any, Any]) -> None:
    picture = read(photo(camera=camera))

    assert (picture.taken_at, picture.taken_local) == (None, None)


@pytest.mark.parametrize("offset", ["", "Z", "+99:00", "x", "+08:00\x00"])
def test_an_offset_of_any_kind_does_not_break(offset: str) -> None:
    picture = read(photo(camera=CAMERA | {Base.OffsetTimeOriginal: offset}))

    assert (picture.taken_at is None) is not (picture.taken_local is None)


NAN = IFDRational(1, 0)


@pytest.mark.parametrize(
    "changed",
    [
        {GPS.GPSLatitude: (91.0, 0.0, 0.0)},
        {GPS.GPSLatitude: (90.0, 1.0, 0.0)},
        {GPS.GPSLatitude: (-1.0, 0.0, 0.0)},
        {GPS.GPSLatitude: (NAN, 0.0, 0.0)},
        {GPS.GPSLatitude: (36.0, 4.0)},
        {GPS.GPSLatitude: "36"},
        {GPS.GPSLatitude: ("a", "b", "c")},
        {GPS.GPSLatitude: (None, 0, 0)},
        {GPS.GPSLatitudeRef: "X"},
        {GPS.GPSLatitudeRef: ""},
        {GPS.GPSLatitudeRef: 7},
        {GPS.GPSLongitude: (180.0, 0.0, 1.0)},
        {GPS.GPSLongitudeRef: None},
    ],
)
def test_a_place_that_cannot_be_is_left_out(changed: dict[int, object]) -> None:
    assert position_of(QINGDAO | changed) is None


def test_south_and_west_are_negative() -> None:
    there = QINGDAO | {GPS.GPSLatitudeRef: "S", GPS.GPSLongitudeRef: "W\x00"}

    assert position_of(there) == Position(-36.067, -120.383)


def png_head(width_px: int, height_px: int) -> bytes:
    """A file that promises so many pixels and holds none."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", width_px, height_px, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b""))


@pytest.mark.parametrize(
    "size", [(8_000, 5_001), (100_000, 100_000), (40_000, 1), (2**31 - 1, 2**31 - 1)]
)
def test_too_many_pixels_are_refused_before_they_are_decoded(size: tuple[int, int]) -> None:
    expect_problem(ProblemName.VALIDATION_FAILED, lambda: read(png_head(*size), "image/png"))


@pytest.mark.parametrize(("kind", "media_type"), [("PNG", "image/png"), ("WEBP", "image/webp")])
def test_a_picture_that_moves_is_refused(kind: str, media_type: str) -> None:
    frames = [Image.new("RGB", (9, 9), color) for color in ("red", "blue")]
    file = BytesIO()
    frames[0].save(file, format=kind, save_all=True, append_images=frames[1:])

    problem = expect_problem(
        ProblemName.VALIDATION_FAILED, lambda: read(file.getvalue(), media_type)
    )

    assert "2 frames" in problem.detail


def test_the_second_picture_of_a_telephone_does_not_go_on() -> None:
    first, second = (Image.new("RGB", size, "red") for size in ((40, 30), (8, 6)))
    file = BytesIO()
    first.save(file, format="MPO", save_all=True, append_images=[second])

    picture = read(file.getvalue())

    assert picture.width_px == 40
    assert len(picture.content) < len(file.getvalue())


@pytest.mark.parametrize("content", [b"", b"\xff\xd8\xff", b"GIF89a", b"%PDF-1.7", b"<svg/>"])
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    expect_problem(ProblemName.VALIDATION_FAILED, lambda: read(content))


def test_another_kind_than_declared_is_refused() -> None:
    expect_problem(ProblemName.VALIDATION_FAILED, lambda: read(photo(kind="PNG"), "image/jpeg"))


@cache
def samples() -> tuple[tuple[str, bytes], ...]:
    return (
        ("image/jpeg", photo()),
        ("image/png", photo(kind="PNG")),
        ("image/webp", photo(kind="WEBP")),
    )


@given(
    which=st.integers(0, 2),
    cuts=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=8),
    end=st.floats(0.05, 1),
)
def test_a_broken_file_is_a_picture_or_a_problem_and_never_a_failure(
    which: int, cuts: list[tuple[float, int]], end: float
) -> None:
    media_type, content = samples()[which]
    broken = bytearray(content[: int(len(content) * end)])
    for at, value in cuts:
        broken[int(at * (len(broken) - 1))] = value

    try:
        width_px = read(bytes(broken), media_type).width_px
    except Problem as error:
        width_px = 1
        told = name_of(error)
    else:
        told = "validation-failed"

    assert width_px > 0
    assert told == ProblemName.VALIDATION_FAILED
