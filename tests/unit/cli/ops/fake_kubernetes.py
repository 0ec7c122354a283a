"""A small server that speaks the few paths of Kubernetes' API that `panjareh ops` uses, over real HTTP.

Objects are kept by path. Merge patches are merged (RFC 7386), and what the tests name in `on` happens after
a call, as controllers would make it.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

Json = dict[str, Any]
Answer = tuple[int, str, bytes]


class FakeKubernetes:
    """`objects` by path; `texts` answer as they are; `forbidden` are beginnings of paths answered with 403."""

    def __init__(self) -> None:
        self.objects: dict[str, Json] = {}
        self.texts: dict[str, Answer] = {}
        self.forbidden: set[str] = set()
        self.on: list[Callable[[str, str, Json | None], None]] = []
        self.calls: list[tuple[str, str]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def put(self, path: str, thing: Json) -> Json:
        """Keeps an object under its collection's path and its name."""
        metadata = thing.setdefault("metadata", {})
        metadata.setdefault("creationTimestamp", "2026-01-01T00:00:00Z")
        metadata.setdefault("labels", {})
        self.objects[f"{path}/{metadata['name']}"] = thing
        return thing

    def changed(self) -> list[tuple[str, str]]:
        return [call for call in self.calls if call[0] != "GET"]

    def answer(self, method: str, address: str, body: Any) -> Answer:
        parts = urlsplit(address)
        path, query = parts.path, parse_qs(parts.query)
        self.calls.append((method, path))
        if any(path.startswith(each) for each in self.forbidden):
            return _status(403, f"{method} {path} is forbidden")
        if method == "GET" and path in self.texts:
            return self.texts[path]
        found = self._done(method, path, query, body)
        if found is None:
            return _status(404, f"{path} not found")
        for happens in self.on:
            happens(method, path, body)
        return 200, "application/json", json.dumps(found).encode()

    def _done(self, method: str, path: str, query: dict[str, list[str]], body: Any) -> Json | None:
        if method == "POST":
            return self.put(path, body)
        if method == "PATCH" and path in self.objects:
            self.objects[path] = merged(self.objects[path], body)
            self.objects[path]["metadata"]["generation"] = (
                self.objects[path]["metadata"].get("generation", 1) + 1
            )
            return self.objects[path]
        if path in self.objects:
            return self.objects[path]
        below = [v for k, v in self.objects.items() if k.rpartition("/")[0] == path]
        if not below and not path.rpartition("/")[2].endswith("s"):
            return None
        wanted = query.get("labelSelector", [""])[0]
        return {"items": [each for each in below if _matches(each, wanted)]}


def merged(old: Any, change: Any) -> Any:
    if not isinstance(change, dict):
        return change
    result = dict(old) if isinstance(old, dict) else {}
    for key, value in change.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), value)
    return result


def _matches(thing: Json, selector: str) -> bool:
    labels = thing["metadata"]["labels"]
    return all(
        labels.get(key) == value
        for key, _, value in (each.partition("=") for each in selector.split(",") if each)
    )


def _status(code: int, message: str) -> Answer:
    body = json.dumps({"kind": "Status", "message": message, "code": code}, separators=(",", ":"))
    return code, "application/json", body.encode()


def _handler(fake: FakeKubernetes) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            raw = self.rfile.read(length)
            status, kind, body = fake.answer(
                self.command, self.path, json.loads(raw) if raw else None
            )
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def __getattr__(self, name: str) -> Any:
            if name.startswith("do_"):  # every method is served alike
                return self._serve
            raise AttributeError(name)

        def log_message(self, *_: Any) -> None:
            pass

    return Handler
