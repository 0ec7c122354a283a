"""The script of `helm test`, against the running platform: it passes where the window is open, and only there."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from panjareh_cli.local.platform import Platform

SCRIPT = Path(__file__).parents[3] / "deploy/helm/panjareh/files/doors.py"


def doors(url: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", str(SCRIPT)],  # -I: it runs with the standard library alone
        env={"PANJAREH_URL": url},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_an_open_window_passes(platform: Platform) -> None:
    done = doors(platform.url)

    assert done.returncode == 0, done.stdout
    asked = [line.partition(": ") for line in done.stdout.splitlines()]
    assert {path for path, _, _ in asked} >= {"/readyz", "/api/v1/services", "/"}
    assert {said for _, _, said in asked} == {"ok"}


def test_a_door_that_opens_to_something_else_does_not() -> None:
    nobody = doors("http://127.0.0.1:9")

    assert nobody.returncode == 1
    assert ": ok" not in nobody.stdout


class _AlwaysWell(BaseHTTPRequestHandler):
    """Health is well, and behind it there is nothing."""

    def do_GET(self) -> None:
        status = {"/healthz": "alive", "/readyz": "ready"}.get(self.path)
        self.send_response(200 if status else 404)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps({"status": status}).encode())

    def log_message(self, *_: object) -> None:
        pass


def test_health_alone_is_no_open_window() -> None:
    with HTTPServer(("127.0.0.1", 0), _AlwaysWell) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        done = doors(f"http://127.0.0.1:{server.server_address[1]}")
        server.shutdown()
        thread.join()

    assert done.returncode == 1
    assert "/readyz: ok" in done.stdout
    assert "/api/v1/services: 404" in done.stdout
