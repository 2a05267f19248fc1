"""``loopline up`` as an operator meets it."""

import json
import os
import re
import signal
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emissions.report_rows import refuse_changed
from loopline import stack_file
from loopline.ask import ask
from loopline.stack_file import RunningStack
from runtime.broker import Publisher
from runtime.settings import WarehouseSettings
from schemas.topics import LEGS
from tests.guarantees.legs import messages
from tests.loopline.command import processes_of, run, running

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


def stack_of(folder: Path) -> RunningStack:
    found = stack_file.read(WarehouseSettings(dir=folder))
    assert found is not None
    return found


def wait_for(condition: Callable[[], bool], *, within_s: float = 60) -> None:
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def legs_stored(folder: Path) -> int:
    found = stack_file.read(WarehouseSettings(dir=folder))
    return int(ask(found, "/v1/operate/stored")["legs"]) if found else 0


def send(stack: RunningStack, *, legs: int, seed: int) -> None:
    publisher = Publisher(stack.bootstrap)
    for message in messages(legs=legs, poison=0, seed=seed):
        publisher.send(LEGS.name, key=message.key, value=message.value)
    publisher.flush(20)


def leg_to_jinan() -> dict[str, Any]:
    """7,536 kg of refrigerators over 412 km: 388.787063 kg CO2e."""
    return {
        "event_id": str(uuid.uuid4()),
        "occurred_at": "2026-06-01T04:00:00Z",
        "shipment_id": "S-1",
        "consignment_id": "C-1",
        "leg_seq": 1,
        "leg": "main_line",
        "mode": "road",
        "category": "fridge",
        "origin": {"lat": "36.067131", "lon": "120.382621"},
        "destination": {"lat": "36.6512", "lon": "117.120098"},
        "mass_kg": "7536",
        "distance_km": "412",
        "distance_method": "declared",
    }


def broker_pid(folder: Path) -> int:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                line = (entry / "cmdline").read_bytes()
                parent = (entry / "stat").read_text().split()[3]
            except (FileNotFoundError, ProcessLookupError):
                continue
            if b"tansu" in line and int(parent) == supervisor_pid(folder):
                return int(entry.name)
    raise AssertionError("no broker process")


def supervisor_pid(folder: Path) -> int:
    status = Path(f"/proc/{stack_of(folder).pid}/stat").read_text()
    return int(status.split()[3])


def test_up_says_where_the_board_is_and_ctrl_c_leaves_no_process(tmp_path: Path) -> None:
    folder = tmp_path / "warehouse"
    with running(folder, "up") as up:
        board = up.line_with("board: http://127.0.0.1:").removeprefix("board: ")
        assert any("memory only" in line for line in up.lines)

        with urllib.request.urlopen(board, timeout=20) as page:
            assert page.status == 200
        code = up.interrupt()

    assert code == 0
    assert processes_of(folder) == []
    assert "Traceback" not in "\n".join(up.lines)


def test_a_strangers_page_cannot_act_on_the_stack(tmp_path: Path) -> None:
    folder = tmp_path / "warehouse"
    with running(folder, "up") as up:
        up.line_with("board: ")
        request = urllib.request.Request(
            f"{stack_of(folder).http}/v1/operate/snapshots",
            data=b"{}",
            headers={"Origin": "https://stranger.example", "Content-Type": "text/plain"},
        )
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request, timeout=20)
        refused.value.close()

    assert refused.value.code == 403


def test_a_second_stack_has_ports_of_its_own_and_the_same_folder_is_refused(
    tmp_path: Path,
) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    with running(one, "up") as first, running(other, "up") as second:
        boards = {up.line_with("board: ") for up in (first, second)}
        again = run(one, "up")

    assert len(boards) == 2
    assert again.returncode == 3
    assert "already runs" in again.stderr


def test_an_embedded_broker_that_forgot_is_said_and_new_events_count(tmp_path: Path) -> None:
    folder = tmp_path / "warehouse"
    with running(folder, "up") as up:
        up.line_with("board: ")
        send(stack_of(folder), legs=500, seed=1)
        wait_for(lambda: legs_stored(folder) == 500)

        os.kill(broker_pid(folder), signal.SIGKILL)
        up.line_with("new epoch", within_s=60)
        # the emptied broker gets old legs again, and as many new ones: offsets start at 0
        send(stack_of(folder), legs=1_000, seed=1)
        wait_for(lambda: legs_stored(folder) == 1_000)

        told = ask(stack_of(folder), "/v1/operate/progress")

    assert told["duplicates"] == 500
    assert told["dead"] == 0


def test_a_killed_worker_is_started_again(tmp_path: Path) -> None:
    folder = tmp_path / "warehouse"
    with running(folder, "up") as up:
        up.line_with("board: ")
        os.kill(stack_of(folder).pid, signal.SIGKILL)
        up.line_with("owner ended, starting it again")
        wait_for(lambda: stack_file.read(WarehouseSettings(dir=folder)) is not None)
        send(stack_of(folder), legs=100, seed=2)

        wait_for(lambda: legs_stored(folder) == 100)


def test_a_supervisor_that_is_killed_takes_its_processes_with_it(tmp_path: Path) -> None:
    folder = tmp_path / "warehouse"
    with running(folder, "up") as up:
        up.line_with("board: ")
        up.process.kill()
        up.process.wait()

        wait_for(lambda: processes_of(folder) == [], within_s=10)


def test_the_demo_arrives_whole_and_removes_its_own_warehouse(tmp_path: Path) -> None:
    folder = tmp_path / "warehouse"
    done = run(folder, "demo", "--once", "--json", "--legs", "3000", "--days", "60", cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    assert re.search(r'"as_expected": true', done.stdout)
    assert list((tmp_path / "var" / "demo").iterdir()) == []
    assert processes_of(folder) == []


def test_a_posted_leg_is_on_its_page_with_every_step(tmp_path: Path) -> None:
    folder = tmp_path / "warehouse"
    with running(folder, "up") as up:
        up.line_with("board: ")
        stack = stack_of(folder)
        leg = leg_to_jinan()
        ask(stack, "/v1/legs", leg)
        wait_for(lambda: legs_stored(folder) == 1)
        ask(stack, "/v1/legs", leg | {"event_id": str(uuid.uuid4()), "distance_km": "290"})

        wait_for(lambda: bool(ask(stack, "/v1/operate/dead-letters")["dead_letters"]))
        letter = ask(stack, "/v1/operate/dead-letters")["dead_letters"][0]
        request = urllib.request.Request(
            f"{stack.http}/shipments/S-1", headers={"Accept-Language": "en"}
        )
        with urllib.request.urlopen(request, timeout=20) as page:
            text = page.read().decode()

    assert "388.787" in text
    assert letter["reason"] == "distance_below_great_circle"
    assert "299.265" in letter["detail"]


def test_a_period_is_told_and_reported_while_the_stack_runs_and_after_it_ended(
    tmp_path: Path,
) -> None:
    folder, page = tmp_path / "warehouse", tmp_path / "report.html"
    with running(folder, "up") as up:
        up.line_with("board: ")
        stack = stack_of(folder)
        leg = leg_to_jinan()
        ask(stack, "/v1/legs", leg)
        ask(stack, "/v1/legs", leg | {"event_id": str(uuid.uuid4()), "shipment_id": "S-2",
                                      "distance_km": "290"})  # fmt: skip
        wait_for(lambda: legs_stored(folder) == 1)
        wait_for(lambda: bool(ask(stack, "/v1/operate/dead-letters")["dead_letters"]))
        meanwhile = run(folder, "kpi", "2026", "--json")

    afterwards = run(folder, "kpi", "2026", "--json")
    report = run(folder, "report", "iso14083", "--period", "2026")
    written = run(
        folder, "report", "iso14083", "--period", "2026", "--format", "html", "-o", str(page)
    )

    assert [one.returncode for one in (meanwhile, afterwards, report, written)] == [0] * 4
    assert meanwhile.stdout == afterwards.stdout
    told = json.loads(meanwhile.stdout)
    assert told["whole"]["wtw_kgco2e"] == "388.787063"
    assert told["coverage"]["gaps"] == [
        {"reason": "distance_below_great_circle", "records": 1, "shipments": 1,
         "mass_kg": "7536.000", "mass_share": "0.500000"}
    ]  # fmt: skip
    refuse_changed(report.stdout)
    assert json.loads(report.stdout.splitlines()[0])["wtw_kgco2e"] == "388.787063"
    assert "388.787063" in page.read_text("utf-8")
