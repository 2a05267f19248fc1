"""Photographs: time and place are read, then the picture is written anew without either.

What Pillow reads is a stranger's: kinds of file, pixels and frames are bounded before it decodes.
"""

import math
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction
from io import BytesIO
from threading import BoundedSemaphore
from typing import Any
from zlib import error as ZlibError  # noqa: N812 - beside the other exceptions

from PIL import Image, ImageOps, UnidentifiedImageError
from PIL.ExifTags import GPS, IFD, Base

from web.partner.problems import Fault, ProblemName, problem
from web.partner.upload import FORMATS, Format
from web.problems import Problem

MAX_PIXELS = 40_000_000
MAX_SIDE_PX = 20_000
JPEG_QUALITY = 90
MAX_AT_ONCE = 2  # a picture of 40 Mpixel takes 0.3 GB while it is written anew
PLAIN_MODES = frozenset({"L", "RGB", "RGBA"})

_ONE_OF_FEW = BoundedSemaphore(MAX_AT_ONCE)
_UNREADABLE = (
    UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError,
    TypeError, KeyError, IndexError, EOFError, OverflowError, ZeroDivisionError, struct.error,
    ZlibError, AttributeError,
)  # fmt: skip
"""What Pillow's decoders raise over broken files; none of it is a fault of ours."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where a camera says that it was."""

    latitude_deg: float
    longitude_deg: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A photograph without what its camera wrote into it, and what that was.

    Parameters
    ----------
    content
        The picture, written anew.
    taken_at
        The instant; None where the camera tells none with an offset.
    taken_local
        The camera's clock without an offset; None where it tells none.
    """

    content: bytes = field(repr=False)
    media_type: str
    width_px: int
    height_px: int
    taken_at: datetime | None
    taken_local: datetime | None
    position: Position | None


def read_picture(content: bytes, media_type: str) -> Picture:
    """Return the picture of ``content``, turned upright and written anew.

    Raises
    ------
    Problem
        422 ``validation-failed`` if it cannot be read, has too many pixels, or moves.
    """
    kind = FORMATS[media_type]
    with (
        _ONE_OF_FEW,
        _refusing(media_type),
        Image.open(BytesIO(content), formats=[kind.name]) as image,
    ):
        _check_size(image, kind)
        exif = image.getexif()
        camera, gps = dict(exif.get_ifd(IFD.Exif)), dict(exif.get_ifd(IFD.GPSInfo))
        camera.setdefault(Base.DateTimeOriginal, exif.get(Base.DateTime))
        ImageOps.exif_transpose(image, in_place=True)
        upright = _plain(image)
        written = _written(upright, kind)
    taken_at, taken_local = _times_of(camera)
    return Picture(
        content=written,
        media_type=media_type,
        width_px=upright.width,
        height_px=upright.height,
        taken_at=taken_at or _gps_instant(gps),
        taken_local=taken_local,
        position=position_of(gps),
    )


@contextmanager
def _refusing(media_type: str) -> Iterator[None]:
    try:
        yield
    except Problem:
        raise
    except _UNREADABLE as error:
        raise _refused(f"cannot be read as {media_type}: {type(error).__name__}") from None


def _refused(reason: str) -> Problem:
    return problem(
        ProblemName.VALIDATION_FAILED,
        f"the picture {reason}",
        faults=[Fault("", None, reason)],
    )


def _check_size(image: Image.Image, kind: Format) -> None:
    """Refuse by what the head of the file tells, before a pixel is decoded."""
    width_px, height_px = image.size
    if width_px * height_px > MAX_PIXELS or max(image.size) > MAX_SIDE_PX:
        raise _refused(
            f"has {width_px} x {height_px} pixels; at most {MAX_PIXELS} in all "
            f"and {MAX_SIDE_PX} on a side"
        )
    frames = getattr(image, "n_frames", 1)
    if frames != 1 and kind.name != "JPEG":  # telephones keep a second, smaller picture in a JPEG
        raise _refused(f"has {frames} frames; a photograph has one")


def _plain(image: Image.Image) -> Image.Image:
    return image if image.mode in PLAIN_MODES else image.convert("RGB")


def _written(image: Image.Image, kind: Format) -> bytes:
    """Return ``image`` as a file of pixels only: nothing of what the old file said of itself."""
    bare = Image.new(image.mode, image.size)
    bare.paste(image)
    if kind.name == "JPEG" and bare.mode == "RGBA":
        bare = bare.convert("RGB")
    file = BytesIO()
    bare.save(file, format=kind.name, quality=JPEG_QUALITY)
    return file.getvalue()


def _times_of(camera: Mapping[int, Any]) -> tuple[datetime | None, datetime | None]:
    """Return when the picture was taken, as an instant or else as the camera's clock had it."""
    clock = _clock_of(camera[Base.DateTimeOriginal])
    offset = camera.get(Base.OffsetTimeOriginal) or camera.get(Base.OffsetTime)
    if clock is None or not isinstance(offset, str):
        return None, clock
    try:
        instant = datetime.fromisoformat(f"{clock.isoformat()}{offset.strip(chr(0) + ' ')}")
        return (instant.astimezone(UTC), None) if instant.tzinfo else (None, clock)
    except (ValueError, OverflowError):
        return None, clock


def _clock_of(told: object) -> datetime | None:
    """Return EXIF's ``2026:03:01 12:00:00``, or None where it is another thing."""
    if not isinstance(told, str):
        return None
    day, _, time = told.strip("\x00 ").partition(" ")
    try:
        clock = datetime.fromisoformat(f"{day.replace(':', '-')}T{time}")
    except ValueError:
        return None
    return clock if clock.tzinfo is None else None


def _gps_instant(gps: Mapping[int, Any]) -> datetime | None:
    """Return the instant of the satellites, which is UTC."""
    day, time = gps.get(GPS.GPSDateStamp), _three(gps.get(GPS.GPSTimeStamp))
    if not isinstance(day, str) or time is None:
        return None
    hours, minutes, seconds = (int(part) for part in time)
    clock = _clock_of(f"{day.strip(chr(0) + ' ')} {hours:02}:{minutes:02}:{seconds:02}")
    return None if clock is None else clock.replace(tzinfo=UTC)


def position_of(gps: Mapping[int, Any]) -> Position | None:
    """Return the place that a camera wrote, or None where it wrote none or one that cannot be."""
    latitude_deg = _angle(gps, GPS.GPSLatitude, GPS.GPSLatitudeRef, "NS", 90)
    longitude_deg = _angle(gps, GPS.GPSLongitude, GPS.GPSLongitudeRef, "EW", 180)
    if latitude_deg is None or longitude_deg is None:
        return None
    return Position(latitude_deg, longitude_deg)


def _angle(gps: Mapping[int, Any], value: int, ref: int, signs: str, max_deg: int) -> float | None:
    parts, side = _three(gps.get(value)), gps.get(ref)
    if parts is None or not isinstance(side, str) or side[:1] not in tuple(signs):
        return None
    angle_deg = parts[0] + Fraction(parts[1], 60) + Fraction(parts[2], 3_600)
    if not 0 <= angle_deg <= max_deg:
        return None
    return round(float(angle_deg) * (1 if side[0] == signs[0] else -1), 7)


def _three(told: object) -> tuple[Fraction, Fraction, Fraction] | None:
    """Return three rational parts, or None where one of them is none (n/0 among them)."""
    if not isinstance(told, tuple) or len(told) != 3:
        return None
    try:
        numbers = [float(part) for part in told]
    except (TypeError, ValueError, OverflowError):
        return None
    if not all(math.isfinite(number) for number in numbers):
        return None
    first, second, third = (Fraction(number).limit_denominator(1_000_000) for number in numbers)
    return first, second, third
