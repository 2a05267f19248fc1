"""The commands of the partners' page, typed into a shell beside a real process."""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from web.partner.problems import ProblemName

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "partners.md"
PORT = "8790"


def script(port: int) -> str:
    """Everything that the page types, in its order, on a port that is free."""
    blocks = re.findall(r"```sh\n(.*?)```", PAGE.read_text("utf-8"), flags=re.DOTALL)
    ends = "set -eu\ntrap 'kill $(jobs -p); wait' EXIT\n"
    return ends + "\n".join(blocks).replace(PORT, str(port))


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_a_newcomer_posts_the_first_pickup_by_the_page(tmp_path: Path) -> None:
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    bin_folder = Path(sys.executable).parent
    environment = {
        "PATH": f"{bin_folder}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "LOOPLINE_LEDGER__DIR": "ledger",
        "LOOPLINE_CONTACTS__DIR": "contacts",
        "LOOPLINE_SIGNING__KEY_FILE": "signing.key",
        "LOOPLINE_PARTNER_API__UPLOADS_DIR": "uploads",
        "LOOPLINE_PARTNER_API__SECRETS_DIR": "secrets",
    }

    done = subprocess.run(
        ["bash", "-c", script(free_port())], cwd=tmp_path, env=environment,
        capture_output=True, text=True, timeout=110, check=False,
    )  # fmt: skip

    told = done.stdout
    assert done.returncode == 0, told[-3_000:] + done.stderr[-3_000:]
    assert '"partner_id":"north"' in told.replace(": ", ":")
    assert told.count('"state":"picked_up"') == 2  # the first answer, and its replay
    assert re.findall(r"(?i)^idempotency-replayed: (\w+)", told, re.MULTILINE) == ["true"]
    assert "}412\n" in told
    assert told.rstrip().endswith("believed")


def test_the_page_explains_every_problem() -> None:
    page = PAGE.read_text("utf-8")

    assert [name for name in ProblemName if f"`{name}`" not in page] == []
