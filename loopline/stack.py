"""The one-command stack: broker, topics, workers, owner, each watched and restarted."""

import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from loopline import partner_address, stack_file
from loopline.stack_file import RunningStack
from runtime.broker import await_broker, create_topics
from runtime.brokers import Broker, EmbeddedBroker, KafkaBroker
from runtime.process import last_lines, start, stop
from runtime.settings import Settings
from schemas.topics import EMBEDDED_BROKER_PARTITIONS, REAL_BROKER_PARTITIONS

READY_WITHIN_S = 60.0
LOOK_EVERY_S = 0.1
MAX_RESTARTS = 5
RESTART_WINDOW_S = 60.0
FORGETS = "embedded broker: memory only; events not yet in the warehouse are lost when it stops"
POM = Path(__file__).parent.parent / "docker" / "kafka" / "pom.xml"

Tell = Callable[[str], None]


class StackFailed(Exception):
    """The stack cannot run; the message says which part and what its log says."""


@dataclass(slots=True)
class Child:
    """One process of the stack."""

    name: str
    command: list[str]
    env: Mapping[str, str]
    log: Path
    process: "subprocess.Popen[bytes] | None" = None
    restarts: list[float] = field(default_factory=list)

    def start(self) -> None:
        """Start it."""
        self.process = start(self.command, log=self.log, env=self.env)

    def stop(self) -> None:
        """End it."""
        if self.process is not None:
            stop(self.process)
            self.process = None

    def ended(self) -> bool:
        """Return whether it ended by itself."""
        return self.process is not None and self.process.poll() is not None


class Stack:
    """Starts the parts in order, keeps them running, ends them in reverse."""

    def __init__(
        self,
        settings: Settings,
        *,
        broker: Broker | None,
        workers: int = 1,
        tell: Tell = lambda _: None,
        takeback: bool = False,
    ) -> None:
        """Prepare; ``broker`` is None where KAFKA_BOOTSTRAP names one that runs already.

        With ``takeback`` the partner API and its relay run beside the workers.
        """
        self._settings = settings
        self._broker = broker
        self._workers = workers
        self._tell = tell
        self._takeback = takeback
        self._children: list[Child] = []

    @property
    def durable(self) -> bool:
        """Whether the broker keeps what it acknowledged."""
        return self._broker is None or self._broker.durable

    @property
    def bootstrap(self) -> str:
        """Where the broker answers."""
        if self._broker is not None:
            return self._broker.bootstrap
        return self._settings.kafka_bootstrap or ""

    def start(self) -> RunningStack:
        """Start everything; return how to reach it.

        Raises
        ------
        StackFailed
            If a part does not start; nothing is left running.
        """
        if stack_file.read(self._settings.warehouse) is not None:
            raise StackFailed(
                f"a stack already runs on {self._settings.warehouse.dir}; use it, stop it, or "
                "name another LOOPLINE_WAREHOUSE__DIR"
            )
        running = None
        try:
            running = self._start()
        finally:
            if running is None:
                self.stop()
        return running

    def _start(self) -> RunningStack:
        begun = time.monotonic()
        self._start_broker()
        self._children = [self._child("owner", 0)] + [
            self._child("emissions", number) for number in range(self._workers)
        ]
        if self._takeback:
            self._children.append(self._takeback_child("partner-api"))
        for child in self._children:
            child.start()
        running = self._await_owner()
        if self._takeback:
            self._tell(f"partner API: {self._await_partner_api()}")
            self._start_relay()
        self._tell(
            f"workers: {self._workers} x emissions, sink, board "
            f"(ready after {time.monotonic() - begun:.1f} s)"
        )
        return running

    def _start_broker(self) -> None:
        if self._broker is None:
            await_broker(self.bootstrap, timeout_s=READY_WITHIN_S)
            self._tell(f"broker: {self.bootstrap}")
        else:
            self._broker.start()
            self._tell(f"broker: {_kind(self._broker)} at {self.bootstrap}")
            if not self._broker.durable:
                self._tell(FORGETS)
        partitions = REAL_BROKER_PARTITIONS if self.durable else EMBEDDED_BROKER_PARTITIONS
        created = create_topics(
            self.bootstrap, partitions=partitions, prefix=self._settings.topic_prefix
        )
        self._tell(f"topics: {len(created)} created")

    def _child(self, name: str, number: int) -> Child:
        names = self._settings.board.names
        return Child(
            name=f"{name}-{number}" if name != "owner" else name,
            command=[sys.executable, "-m", "loopline", "worker", name, "--number", str(number)],
            env={
                "KAFKA_BOOTSTRAP": self.bootstrap,
                "LOOPLINE_BROKER_DURABLE": "1" if self.durable else "0",
                "LOOPLINE_WAREHOUSE__DIR": str(self._settings.warehouse.dir.resolve()),
                "LOOPLINE_WAREHOUSE__MIN_FREE_BYTES": str(self._settings.warehouse.min_free_bytes),
                **({} if names is None else {"LOOPLINE_BOARD__NAMES": str(names.resolve())}),
            },
            log=self._settings.warehouse.dir / "logs" / f"{name}-{number}.log",
        )

    def _start_relay(self) -> None:
        """Start it last: there is a ledger to read only once the partner API has made one."""
        relay = self._takeback_child("relay")
        self._children.append(relay)
        relay.start()

    def _takeback_child(self, verb: str) -> Child:
        """Return the partner API, or the relay: each is a command of its own."""
        settings = self._settings
        api = settings.partner_api
        return Child(
            name=verb,
            command=[sys.executable, "-m", "loopline", verb],
            env={
                "KAFKA_BOOTSTRAP": self.bootstrap,
                "LOOPLINE_LEDGER__DIR": str(settings.ledger.dir.resolve()),
                "LOOPLINE_CONTACTS__DIR": str(settings.contacts.dir.resolve()),
                "LOOPLINE_PARTNER_API__SECRETS_DIR": str(api.secrets_dir.resolve()),
                "LOOPLINE_PARTNER_API__UPLOADS_DIR": str(api.uploads_dir.resolve()),
                "LOOPLINE_PARTNER_API__CLOCK": api.clock,
                "LOOPLINE_SIGNING__KEY_FILE": str(settings.signing.key_file.resolve()),
                "LOOPLINE_PARTNER_API__REQUESTS_PER_MINUTE": str(api.requests_per_minute),
            },
            log=settings.warehouse.dir / "logs" / f"{verb}.log",
        )

    def _await_partner_api(self) -> str:
        """Return where the partner API listens, once it does."""
        deadline = time.monotonic() + READY_WITHIN_S
        api = next(child for child in self._children if child.name == "partner-api")
        while time.monotonic() < deadline and not api.ended():
            url = partner_address.read(self._settings.ledger)
            if url is not None:
                return url
            time.sleep(LOOK_EVERY_S)
        raise StackFailed(f"the partner API did not start; its log ends:\n{last_lines(api.log)}")

    def _await_owner(self) -> RunningStack:
        deadline = time.monotonic() + READY_WITHIN_S
        owner = self._children[0]
        while time.monotonic() < deadline:
            running = stack_file.read(self._settings.warehouse)
            started = owner.process
            if running is not None and started is not None and running.pid == started.pid:
                return running
            if owner.ended():
                break
            time.sleep(LOOK_EVERY_S)
        raise StackFailed(f"the owner did not start; its log ends:\n{last_lines(owner.log)}")

    def watch(self, *, until: Callable[[], bool]) -> None:
        """Keep the parts running until ``until``.

        Raises
        ------
        StackFailed
            If a part ends again and again.
        """
        while not until():
            self.look()
            time.sleep(LOOK_EVERY_S)

    def look(self) -> None:
        """Restart what ended; all of it where the broker did, for its topics went with it."""
        if self._broker is not None and self._broker.ended():
            self._tell("the broker ended: starting it, the topics and the workers again")
            for child in reversed(self._children):
                child.stop()
            self._start_broker()
            for child in self._children:
                child.start()
            running = self._await_owner()
            if running.epoch_note:
                self._tell(f"new epoch: {running.epoch_note}")
            return
        for child in self._children:
            if child.ended():
                self._restart(child)

    def _restart(self, child: Child) -> None:
        now = time.monotonic()
        child.restarts = [at for at in child.restarts if now - at < RESTART_WINDOW_S] + [now]
        if len(child.restarts) > MAX_RESTARTS:
            raise StackFailed(
                f"{child.name} ended {len(child.restarts)} times within "
                f"{RESTART_WINDOW_S:g} s; its log ends:\n{last_lines(child.log)}"
            )
        self._tell(f"{child.name} ended, starting it again")
        child.start()

    def stop(self) -> None:
        """End everything, the broker last."""
        for child in reversed(self._children):
            if child.process is not None and child.process.poll() is None:
                child.process.terminate()
        for child in reversed(self._children):
            child.stop()
        if self._broker is not None:
            self._broker.stop()
        stack_file.remove(self._settings.warehouse)

    @property
    def logs(self) -> Path:
        """Where the parts write."""
        return self._settings.warehouse.dir / "logs"


def _kind(broker: Broker) -> str:
    return "Apache Kafka 4.3.1" if broker.durable else "embedded (Tansu)"


def broker_for(settings: Settings, kind: str) -> Broker | None:
    """Return the broker that ``kind`` asks for: embedded, kafka, or the one already running."""
    if settings.kafka_bootstrap is not None:
        return None
    folder = settings.warehouse.dir
    if kind == "kafka":
        return KafkaBroker(dir=folder / "kafka", jars=Path("var/kafka/libs"), pom=POM)
    return EmbeddedBroker(log=folder / "logs" / "broker.log")
