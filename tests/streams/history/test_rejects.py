from streams.history.rejects import rejects_of
from streams.history.verdict import Status
from tests.streams.history.builders import COLUMNS, file_of, judged, line

BAD = line(ID="2", Weight="", Site="Elsewhere")
OPEN_QUOTE = line(ID="3", Goods='"ARV')
FILE = file_of(line(), BAD, line(ID="4"), OPEN_QUOTE)


def test_rejects_are_the_original_lines_with_number_and_reasons() -> None:
    rows = rejects_of(judged(FILE)).decode().split("\n")

    assert rows == [
        ",".join((*COLUMNS, "_line_no", "_reasons")),
        f"{BAD},3,mass_missing place_unknown",
        f"{OPEN_QUOTE},5,column_count",
        "",
    ]


def test_one_target_s_rejects_can_be_asked_for() -> None:
    assert b"mass_missing" not in rejects_of(judged(FILE), target="order_route")


def test_mended_rejects_go_in_again_under_their_old_numbers() -> None:
    mended = rejects_of(judged(FILE)).replace(BAD.encode(), line(ID="2").encode())

    again = judged(mended)

    assert [(v.line_no, v.status) for v in again.verdicts] == [
        (3, Status.ACCEPTED), (3, Status.ACCEPTED), (5, Status.REJECTED), (5, Status.REJECTED),
    ]  # fmt: skip
    whole = judged(file_of(line(), line(ID="2"), line(ID="4")))
    assert {e.event_id for e in again.events()} < {e.event_id for e in whole.events()}


def test_rejects_of_rejects_are_the_same_again() -> None:
    once = rejects_of(judged(FILE))

    assert rejects_of(judged(once)) == once
