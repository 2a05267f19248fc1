"""``loopline import takeback-feed``: what a partner sent, what it changes, what stops it."""

from pathlib import Path

import pytest

from tests.loopline.command import answer, processes_of, run, running
from tests.recycling.feed_rows import row, written

pytestmark = pytest.mark.timeout(300)
FEED = ("import", "takeback-feed", "--partner", "fixit")


def given(folder: Path, name: str, data: bytes) -> str:
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(data)
    return str(folder / name)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"id;event_date\n", "line 1 is separated by semicolons"),
        (b"", "the file is empty"),
        (b"id,id,event_date\n", "names 'id' twice"),
        (b"r_1,2019-06-13\n", "line 1 is no header"),
    ],
)
def test_a_file_that_is_no_snapshot_ends_before_any_stack_starts(
    tmp_path: Path, data: bytes, said: str
) -> None:
    done = run(tmp_path / "warehouse", *FEED, given(tmp_path, "feed.csv", data))

    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "warehouse").exists()


def test_a_partner_is_an_id(tmp_path: Path) -> None:
    file = given(tmp_path, "feed.csv", written([row()]))

    done = run(tmp_path / "w", "import", "takeback-feed", "--partner", "Fixit Clinic", file)

    assert done.returncode == 2
    assert "--partner 'Fixit Clinic' is no id" in done.stderr


def test_a_file_of_shipments_may_still_be_called_like_the_second_word(tmp_path: Path) -> None:
    given(tmp_path / "given", "takeback-feed", b"")

    done = run(
        tmp_path / "w", "import", "./takeback-feed", "--mapping", "scms", cwd=tmp_path / "given"
    )

    assert done.returncode == 2
    assert "the file is empty" in done.stderr


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    done = run(tmp_path / "w", *FEED, str(tmp_path / "nothing.csv"))

    assert done.returncode == 2
    assert "nothing.csv cannot be read: No such file or directory" in done.stderr


@pytest.mark.slow
def test_snapshots_one_after_the_other(tmp_path: Path) -> None:
    folder = tmp_path / "warehouse"
    many = [row(id=f"r_{number}") for number in range(10)]
    first = given(tmp_path, "first.csv", written([*many, row(id="r_11", repair_status="2019")]))
    second = given(tmp_path, "second.csv", written([row(id="r_0", brand="Haier"), *many[1:5]]))
    third = given(tmp_path, "third.csv", written([row(id="r_0", event_date="2020-01-01")]))
    asked = "select record_id, brand from mart.feed_record order by 1"

    new = run(folder, *FEED, first, "--json")
    with running(folder, "up") as up:
        up.line_with("board: ")
        again = run(folder, *FEED, first, "--json")
        checked = run(folder, *FEED, second, "--check", "--json")
        waits = run(folder, *FEED, second)
        accepted = run(folder, *FEED, second, "--accept-gone", "--json")
        parked = run(folder, *FEED, third, "--accept-gone")
    kept = run(folder, "sql", asked, "--format", "json")

    assert new.returncode == 1, new.stderr  # a line was rejected
    assert "no stack is running" in new.stderr
    assert answer(new)["rejects"][0]["value"] == "2019"
    assert again.returncode == 0
    assert (answer(again)["already_imported"], answer(again)["revisions"]) == (True, 0)
    assert (checked.returncode, answer(checked)["classes"]["gone"]) == (1, 5)
    assert waits.returncode == 1
    assert "waits, nothing is changed: 5 of 10 records are gone, more than 20%" in waits.stdout
    assert accepted.returncode == 0
    assert answer(accepted)["revisions"] == 6
    assert parked.returncode == 1
    assert "parked as feed-rekeyed, nothing is changed: 1 of 1 common ids" in parked.stdout
    assert [one["brand"] for one in answer(kept)] == ["Haier", *["Hisense"] * 4]
    assert processes_of(folder) == []
