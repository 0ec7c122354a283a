"""`python -m tests.bench.start_peers.bare FILE`: an interpreter that loads what a list says, and idles."""

import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path

for name in Path(sys.argv[1]).read_text(encoding="utf-8").splitlines():
    if name.startswith("-"):
        sys.modules[name[1:]] = None  # type: ignore[assignment]
    elif name not in sys.modules:
        with suppress(ImportError):  # an alias that some package put into sys.modules by hand
            import_module(name)
print("ready", flush=True)
sys.stdin.read()
