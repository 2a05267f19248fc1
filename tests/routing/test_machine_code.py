"""Machine code is kept between processes, and not taken for that of kernels that have changed."""

import subprocess
import sys
from pathlib import Path

from tests.builders import ROOT

CALLEE = """from numba import njit

@njit
def number():
    return {number}
"""
CALLER = """from pathlib import Path

from callee import number
from routing.machine_code import kept, sources_digest

def twice():
    return 2 * number()

twice = kept(twice, sources=sources_digest(Path(__file__).parent), options={})
print(twice(), "kept" if twice.stats.cache_hits else "compiled")
"""


def told(folder: Path) -> str:
    """Run a kernel that calls another, which stands in another file, in a process of its own."""
    done = subprocess.run(
        [sys.executable, str(folder / "caller.py")],
        env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.strip()


def test_code_is_kept_until_any_kernel_changes(tmp_path: Path) -> None:
    (tmp_path / "caller.py").write_text(CALLER)
    (tmp_path / "callee.py").write_text(CALLEE.format(number=1))
    first, second = told(tmp_path), told(tmp_path)
    (tmp_path / "callee.py").write_text(CALLEE.format(number=3))

    third = told(tmp_path)

    assert (first, second, third) == ("2 compiled", "2 kept", "6 compiled")
