"""Photos for a demo: small, real JPEGs, each unlike every other."""

from hashlib import blake2b
from io import BytesIO

from PIL import Image

SIDE_PX = 8
MEDIA_TYPE = "image/jpeg"


def picture(name: str) -> bytes:
    """Return a JPEG that follows from ``name`` alone."""
    pixels = blake2b(name.encode(), digest_size=SIDE_PX * SIDE_PX).digest()
    file = BytesIO()
    Image.frombytes("L", (SIDE_PX, SIDE_PX), pixels).save(file, "JPEG", quality=90)
    return file.getvalue()
