"""Child processes that say `ready`, and those that take orders by line."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from panjareh_cli.local.processes import READY, tied_to_us
from tests.bench.ground import ROOT
from tests.conftest import outside_environment

_GRACE = 10
_PATIENCE = 120.0  # seconds in which everything that is waited for has happened


class Child:
    """`python -m module arguments`. What it says beside `ready` and its answers goes into `log`.

    One that lets itself be waited for too long is killed, which ends the waiting.
    """

    def __init__(self, module: str, *arguments: str, env: Mapping[str, str], log: Path) -> None:
        self.name = f"{module} {' '.join(arguments)}"
        self._log = log
        with log.open("ab") as sink:
            self.process = subprocess.Popen(
                tied_to_us([sys.executable, "-m", module, *arguments]),
                cwd=ROOT,
                env=outside_environment() | dict(env),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=sink,
                text=True,
            )

    def wait_until_ready(self) -> None:
        """Raises RuntimeError when it ends instead."""
        while self._line(_PATIENCE) != READY:
            pass

    def ask(self, order: str, patience: float = _PATIENCE) -> Any:
        """The answer to one order. Raises RuntimeError when there is none."""
        self.tell(order)
        return self.answer(patience)

    def tell(self, order: str) -> None:
        assert self.process.stdin is not None
        with suppress(BrokenPipeError):  # it has ended; who asks for the answer is told why
            self.process.stdin.write(order + "\n")
            self.process.stdin.flush()

    def answer(self, patience: float = _PATIENCE) -> Any:
        return json.loads(self._line(patience))

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.communicate(timeout=_GRACE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()

    def _line(self, patience: float) -> str:
        assert self.process.stdout is not None
        late = threading.Timer(patience, self.process.kill)
        late.start()
        try:
            line = self.process.stdout.readline()
        finally:
            late.cancel()
        if not line:
            last = self._log.read_text("utf-8", errors="replace")[-2000:]
            raise RuntimeError(f"{self.name} ended:\n{last}")
        return line.strip()
