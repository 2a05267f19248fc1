import subprocess
import sys
from pathlib import Path

from benches.profiling import by_module

SCRIPT = """
import sys, threading
from pathlib import Path
from benches import profiling

def spin():
    return sum(number * number for number in range(300_000))

profiling.watch_threads()
thread = threading.Thread(target=spin)
thread.start()
thread.join()
profiling.dump(Path(sys.argv[1]))
"""


def test_the_time_of_another_thread_is_told_under_its_module(tmp_path: Path) -> None:
    script, dump = tmp_path / "spinning.py", tmp_path / "out.prof"
    script.write_text(SCRIPT)
    root = Path(__file__).parent.parent.parent

    subprocess.run([sys.executable, script, dump], check=True, env={"PYTHONPATH": str(root)})

    modules = dict(by_module(dump))
    assert any("spinning.py" in module for module in modules), modules
