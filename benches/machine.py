"""What a figure was measured on: it means nothing without."""

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = (
    "faust-streaming", "aiokafka", "confluent-kafka", "msgspec", "duckdb", "pyarrow", "orjson",
    "numba", "numpy", "ortools", "highspy", "pyvrp", "py3dbp", "packvium",
)  # fmt: skip


def machine() -> dict[str, object]:
    """Return the machine, its load at this moment, the versions, and the date."""
    return {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cpu": _cpu_model(),
        "cores": os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "load_average": [round(load, 2) for load in os.getloadavg()],
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
        "kafka": _kafka(),
        **{name: found for name in PACKAGES if (found := _version(name))},
    }


def _kafka() -> str:
    jars = sorted(
        (Path(__file__).parent.parent / "var" / "kafka" / "libs").glob("kafka_2.13-*.jar")
    )
    return jars[-1].stem.partition("-")[2] if jars else "?"


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if "model name" in line), "?")
