"""Child processes that can be stopped, cannot outlive their parent, and leave readable ends."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from runtime.process import free_port, last_lines, start, stop

SLEEPS = "import time; print('up', flush=True); time.sleep(60)"
IGNORES_TERM = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    "print('up', flush=True); time.sleep(60)"
)
STARTS_A_CHILD = """
import sys, time
from pathlib import Path
from runtime.process import start
child = start([sys.executable, "-c", "import time; time.sleep(60)"], log=Path(sys.argv[1]))
print(child.pid, flush=True)
time.sleep(60)
"""
WITHIN_S = 20


def until_up(log: Path, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + WITHIN_S
    while "up" not in last_lines(log):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_child_ends_by_its_signal(tmp_path: Path) -> None:
    child = start([sys.executable, "-c", SLEEPS], log=tmp_path / "deep" / "child.log")
    until_up(tmp_path / "deep" / "child.log", child)

    assert stop(child) == -signal.SIGTERM
    assert child.poll() is not None


def test_a_child_that_will_not_end_is_killed_after_its_grace(tmp_path: Path) -> None:
    child = start([sys.executable, "-c", IGNORES_TERM], log=tmp_path / "child.log")
    until_up(tmp_path / "child.log", child)

    assert stop(child, grace_s=0.2) == -signal.SIGKILL


def test_a_child_that_has_ended_keeps_its_exit_code(tmp_path: Path) -> None:
    child = start([sys.executable, "-c", "raise SystemExit(3)"], log=tmp_path / "child.log")
    child.wait(WITHIN_S)

    assert stop(child) == 3


def test_a_child_gets_its_environment_and_both_its_outputs_are_kept(tmp_path: Path) -> None:
    code = "import os, sys; print(os.environ['GIVEN'], os.getcwd()); sys.stderr.write('noise')"
    log = tmp_path / "child.log"
    log.write_text("of the run before\n")

    child = start([sys.executable, "-c", code], log=log, env={"GIVEN": "x"}, cwd=tmp_path)
    child.wait(WITHIN_S)

    told = log.read_text()
    assert told.startswith("of the run before\n")
    assert f"x {tmp_path.resolve()}" in told
    assert "noise" in told


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel of Linux tells the child")
def test_a_child_dies_with_a_parent_that_could_say_nothing(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", STARTS_A_CHILD, str(tmp_path / "child.log")],
        stdout=subprocess.PIPE,
    ) as parent:
        assert parent.stdout is not None
        grandchild = int(parent.stdout.readline())
        os.kill(parent.pid, signal.SIGKILL)

    deadline = time.monotonic() + WITHIN_S
    while is_running(grandchild):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def test_a_free_port_is_on_loopback_and_can_be_taken() -> None:
    port = free_port()

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        assert taken.getsockname() == ("127.0.0.1", port)


@pytest.mark.parametrize(
    ("text", "end"),
    [
        (b"", ""),
        (b"one\n", "one"),
        (b"1\n2\n3\n4\n5\n6\n7\n", "3\n4\n5\n6\n7"),
        (b"good\n\xff\xfe bad bytes\n", "good\n\ufffd\ufffd bad bytes"),
    ],
)
def test_the_end_of_a_log_is_what_a_person_wants_to_see(
    text: bytes, end: str, tmp_path: Path
) -> None:
    log = tmp_path / "process.log"
    log.write_bytes(text)

    assert last_lines(log) == end


def test_a_log_that_was_never_written_has_no_end(tmp_path: Path) -> None:
    assert last_lines(tmp_path / "absent.log") == ""
    assert last_lines(tmp_path / "absent.log", count=1) == ""
