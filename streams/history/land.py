"""Whether the straight way between two places crosses open sea: no truck can have driven it.

``open_sea.zlib`` is every sixth row and column of the mask in global-land-mask (MIT; NOAA's GLOBE
elevation, about 1 km): that package needs 940 MB and seconds to answer. A test makes it anew.
"""

import zlib
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from streams.history.earth import points_along

MASK = Path(__file__).with_name("open_sea.zlib")
MASK_SHAPE = (3_600, 7_200)  # cells of 0.05 degrees from north-west; bits, 1 is sea
BITS = 8
STEP_KM = 5.0
MAX_REMEMBERED_PAIRS = 65_536
# Assumption: 30 km without land is open sea. Bridged or tunnelled straits are narrower, and so are
# most ferry crossings; a great circle that cuts a wide bay is refused though a road goes around it.
OPEN_SEA_KM = 30.0


@lru_cache(maxsize=MAX_REMEMBERED_PAIRS)
def open_sea_km(*, from_lat: float, from_lon: float, to_lat: float, to_lon: float) -> float:
    """Return the longest stretch of sea in km on the great circle between two points.

    Examples
    --------
    >>> open_sea_km(from_lat=51.5, from_lon=-0.1, to_lat=40.7, to_lon=-74.0) > OPEN_SEA_KM
    True
    """
    lat, lon = points_along(
        from_lat=from_lat, from_lon=from_lon, to_lat=to_lat, to_lon=to_lon, step_km=STEP_KM
    )
    return _longest_run(_is_sea(lat, lon)) * STEP_KM


def _longest_run(sea: NDArray[np.bool_]) -> int:
    edges = np.flatnonzero(np.diff(np.concatenate(([0], sea.astype(np.int8), [0]))))
    return int((edges[1::2] - edges[::2]).max(initial=0))


def _is_sea(lat: NDArray[np.float64], lon: NDArray[np.float64]) -> NDArray[np.bool_]:
    rows, columns = MASK_SHAPE
    row = ((90.0 - lat) / 180.0 * rows).astype(int).clip(0, rows - 1)
    column = ((lon + 180.0) / 360.0 * columns).astype(int) % columns
    byte = _sea_bits()[row, column // BITS]
    sea: NDArray[np.bool_] = (byte >> (BITS - 1 - column % BITS)) & 1 == 1
    return sea


@cache
def _sea_bits() -> NDArray[np.uint8]:
    bits = np.frombuffer(zlib.decompress(MASK.read_bytes()), dtype=np.uint8)
    return bits.reshape(MASK_SHAPE[0], MASK_SHAPE[1] // BITS)
