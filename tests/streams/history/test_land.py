from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from streams.history.land import OPEN_SEA_KM, _is_sea, _sea_bits, open_sea_km

LONDON, PARIS, NEW_YORK = (51.5, -0.13), (48.86, 2.35), (40.7, -74.0)
HEFEI, BEIJING, TAIPEI, COPENHAGEN, MALMO = (
    (31.86, 117.28), (39.9, 116.4), (25.05, 121.53), (55.68, 12.57), (55.6, 13.0),
)  # fmt: skip
THINNED = 6


def sea_km(start: tuple[float, float], end: tuple[float, float]) -> float:
    return open_sea_km(from_lat=start[0], from_lon=start[1], to_lat=end[0], to_lon=end[1])


@pytest.mark.parametrize(
    ("start", "end", "open_sea"),
    [
        (HEFEI, BEIJING, False),
        (HEFEI, TAIPEI, True),
        (LONDON, NEW_YORK, True),
        (LONDON, PARIS, True),  # the Channel is wider than 30 km on the straight way
        (COPENHAGEN, MALMO, False),  # bridged
        ((60.0, 179.9), (60.0, -179.9), False),  # 11 km over the date line
    ],
)
def test_a_great_circle_over_open_sea_is_seen(
    start: tuple[float, float], end: tuple[float, float], open_sea: bool
) -> None:
    assert (sea_km(start, end) > OPEN_SEA_KM) is open_sea
    assert sea_km(start, end) == sea_km(end, start)


@pytest.mark.parametrize(
    ("lat", "lon", "sea"),
    [(51.2, 1.3, False), (51.2, 1.5, True), (50.9, 1.95, False), (54.0, 1.0, True)],
)
def test_a_point_of_the_mask_lies_where_it_should(lat: float, lon: float, sea: bool) -> None:
    assert _is_sea(np.array([lat]), np.array([lon])).tolist() == [sea]


@pytest.mark.slow
def test_the_packed_mask_is_the_package_s_mask_thinned() -> None:
    spec = find_spec("global_land_mask")
    assert spec is not None
    assert spec.submodule_search_locations
    file = Path(spec.submodule_search_locations[0]) / "globe_combined_mask_compressed.npz"
    with np.load(file) as packed:
        thin = packed["mask"][THINNED // 2 :: THINNED, THINNED // 2 :: THINNED]

    assert np.array_equal(np.packbits(thin, axis=1), _sea_bits())
