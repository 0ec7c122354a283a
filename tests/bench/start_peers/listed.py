"""`python -m tests.bench.start_peers.listed FILE MODULE …`: runs a module, and at its end lists what was loaded.

One line a module, in the order of loading; a module that was kept out has `-` before its name.
"""

import atexit
import runpy
import signal
import sys
from pathlib import Path


def _write(file: Path) -> None:
    names = [
        f"-{name}" if module is None else name
        for name, module in list(sys.modules.items())
        if not name.startswith(("__m", "tests"))
    ]
    # eventlet takes modules out and puts them back while it patches, so this one's place is lost.
    names.sort(key=lambda name: name != "panjareh_common.green")
    file.write_text("\n".join(names), encoding="utf-8")


if __name__ == "__main__":
    atexit.register(_write, Path(sys.argv[1]))
    # uvicorn puts this back when it has stopped, and sends the signal to itself once more.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    sys.argv[:] = sys.argv[2:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
