from decimal import Decimal

from emissions.read import load_book
from emissions.set_diff import diff
from tests.emissions.factor_files import a_set, plain_row, row


def test_two_equal_sets_differ_in_nothing() -> None:
    for one in load_book().sets:
        found = diff(one, one)

        assert (found.added, found.removed, found.changed) == ((), (), ())
        assert found.unchanged == len(one.factors)


def test_an_edition_is_compared_by_what_its_rows_mean() -> None:
    old = a_set(row("old", year="2026"), plain_row("gone", region="us"))
    new = a_set(
        row(factor_id="m27.new", ttw_kgco2e="0.0848", year="2027"),
        plain_row("here", factor_id="m27.here", region="gb"),
        set_id="m27", year=2027, valid_from="2027-01-01", valid_to="2027-12-31",
    )  # fmt: skip

    found = diff(old, new)

    (moved,) = found.changed
    assert (moved.before_id, moved.factor_id) == ("maker_2026.old", "m27.new")
    assert (moved.column, moved.change_share) == ("ttw_kgco2e", Decimal("0.06"))
    assert found.added == ("m27.here",)
    assert found.removed == ("maker_2026.gone",)


def test_a_figure_that_was_not_there_has_no_share() -> None:
    (moved,) = diff(a_set(row(wtw_kgco2e="")), a_set(row())).changed

    assert (moved.before, moved.after, moved.change_share) == (None, Decimal("0.10000"), None)


def test_hubs_are_told_apart_by_their_names() -> None:
    bare = {"kind": "hub", "mode": "", "vehicle_class": "", "energy": "", "per_unit": "t"}
    old = a_set(plain_row("cold", **bare), plain_row("dry", **bare))
    new = a_set(plain_row("cold", **bare), plain_row("dry", **bare | {"ttw_kgco2e": "1"}))

    assert [one.factor_id for one in diff(old, new).changed] == ["maker_2026.dry"]
