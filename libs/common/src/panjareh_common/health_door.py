"""The door on PANJAREH_HEALTH_PORT: /livez, /readyz and /metrics, in threads of their own (green ones in `rpc`)."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from panjareh_common import telemetry
from panjareh_common.health import HEALTH, Health

_SECONDS = 5.0  # in which whoever asks has to have said what


class HealthDoor(ThreadingHTTPServer):
    """Answers from the moment it is made, on every address of the machine: a kubelet asks from outside."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, port: int, health: Health = HEALTH) -> None:
        super().__init__(("0.0.0.0", port), _Handler)  # noqa: S104
        self.health = health

    def open(self) -> HealthDoor:
        threading.Thread(target=self.serve_forever, name="health", daemon=True).start()
        return self

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class _Handler(BaseHTTPRequestHandler):
    server: HealthDoor
    timeout = _SECONDS

    def do_GET(self) -> None:
        health = self.server.health
        path = self.path.partition("?")[0]
        if path == "/livez":
            stuck = {loop: round(seconds) for loop, seconds in health.stuck().items()}
            self._answer_json(not stuck, {"status": "stuck" if stuck else "alive", "stuck": stuck})
        elif path == "/readyz":
            ready, checks = health.ready()
            self._answer_json(
                ready, {"status": "ready" if ready else "not_ready", "checks": checks}
            )
        elif path == "/metrics":
            kind, body = telemetry.exposed()
            self._answer(200, kind, body)
        else:
            self.send_error(404)

    def _answer_json(self, good: bool, body: dict[str, Any]) -> None:
        self._answer(200 if good else 503, "application/json", json.dumps(body).encode())

    def _answer(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def version_string(self) -> str:
        return "panjareh"

    def log_message(self, *_: Any) -> None:
        """Probes come every few seconds; what matters is logged where it happens."""
