"""The environment of the peers: apart from ours, made once, of exact versions."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
WANTED = Path(__file__).parent / "peers.txt"
FOLDER = ROOT / "var" / "bench" / "venv"
INSTALL_WITHIN_S = 600


def python_of_peers() -> tuple[Path, str]:
    """Return the interpreter that has the peers, and why it has not ("" where it has)."""
    python, done = FOLDER / "bin" / "python", FOLDER / "peers.txt"
    if done.exists() and done.read_text() == WANTED.read_text():
        return python, ""
    try:
        _run([sys.executable, "-m", "venv", str(FOLDER)])
        _run([str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
              "--no-deps", "--requirement", str(WANTED)])  # fmt: skip
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired, OSError) as error:
        told = getattr(error, "stderr", "") or str(error)
        return python, f"not installed: {str(told).strip()[-200:]}"
    done.write_text(WANTED.read_text())
    return python, ""


def versions() -> dict[str, str]:
    """Return the exact versions of the peers themselves."""
    pins = [line.partition("==") for line in WANTED.read_text().split() if "==" in line]
    named = ("quixstreams", "bytewax", "confluent-kafka")
    return {f"peers: {name}": version for name, _, version in pins if name in named}


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True, timeout=INSTALL_WITHIN_S)
