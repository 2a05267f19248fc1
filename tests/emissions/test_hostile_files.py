"""Whatever bytes somebody brings: the answer is a list of defects or a checked set, no crash."""

from collections.abc import Callable
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from emissions.brought import checked
from emissions.defect import Defect, FactorFileError
from emissions.read import book_with_sets, load_book
from emissions.set_file import FACTOR_COLUMNS, set_of
from tests.emissions.factor_files import SET_ID, a_set, manifest, plain_row, row, table
from tests.emissions.test_carrier import artic
from tests.emissions.test_checks import GWPS

NASTY = st.sampled_from(
    [
        "",
        "0",
        "1e11",
        "1e-18",
        "1E+5",
        "-1",
        "9" * 30,
        "0." + "9" * 18,
        "NaN",
        "=",
        ";",
        "a=",
        "=b",
        "ttw=",
        "ttw=ttw*2",
        "ttw=1/0",
        "ttw=0/0",
        "ttw=1*1e99*1e99",
        "ttw=+",
        "ttw=*",
        "wtt=2*3;ttw=wtt+1",
        f"ttw={SET_ID}.lorry.tkm*2",
        "co2=ttw/wtt",
        "\ufffd",
        "\x00",
        '"',
        "a\nb",
        "tkm",
        "km",
        "mi",
        "fuel",
        "hub",
        "refrigerant",
        "electricity",
        "us",
        "road",
        "2026",
        "lifecycle_co2e",
    ]
)
CELLS = st.dictionaries(st.sampled_from(FACTOR_COLUMNS), NASTY | st.text(max_size=12), max_size=6)


def judged(read: Callable[[], object]) -> None:
    defects: tuple[Defect, ...] | None = None
    try:
        read()
    except FactorFileError as error:
        defects = error.defects

    assert defects is None or (defects and all(one.file and one.column for one in defects))


@given(st.lists(CELLS, min_size=1, max_size=4))
def test_any_cells_are_told_or_checked(changes: list[dict[str, str]]) -> None:
    raw = table(*(row(f"r{at}") | cells for at, cells in enumerate(changes)))

    def read() -> object:
        one = set_of(SET_ID, manifest(), raw)
        return checked(one, book=load_book(), brought=(), gwps=GWPS)

    judged(read)


@given(st.binary(max_size=400), st.binary(max_size=400))
def test_any_bytes_are_told(manifest_bytes: bytes, table_bytes: bytes) -> None:
    judged(lambda: set_of(SET_ID, manifest_bytes, table_bytes))
    judged(lambda: set_of(SET_ID, manifest(), table() + table_bytes))


LORRIES = st.lists(
    st.tuples(
        st.sampled_from(["cn", "gb", "us"]),
        st.sampled_from(["diesel", ""]),
        st.sampled_from(["average", "50", "100", "measured"]),
        st.sampled_from(["", "2026"]),
    ),
    min_size=3, max_size=3,
)  # fmt: skip


@given(LORRIES)
def test_whatever_the_sets_hold_the_order_of_loading_decides_nothing(
    lorries: list[tuple[str, str, str, str]],
) -> None:
    sets = [
        a_set(
            plain_row(factor_id=f"s{at}.artic", vehicle_class="artic_over_33t", region=region,
                      energy=energy, load_basis=load, year=year, name=""),
            set_id=f"s{at}",
        )
        for at, (region, energy, load, year) in enumerate(lorries)
    ]  # fmt: skip

    answers = {artic(book_with_sets(each)).factor.factor_id for each in permutations(sets)}

    assert len(answers) == 1
