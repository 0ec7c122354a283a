"""`helm test`: is the window open? Health, one call through the broker to a service and its database, the page."""

import json
import os
import sys
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

WINDOW = urlsplit(os.environ["PANJAREH_URL"]).netloc


def get(path: str) -> tuple[int, str, bytes]:
    connection = HTTPConnection(WINDOW, timeout=20)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.headers.get_content_type(), answer.read()
    finally:
        connection.close()


def main() -> int:
    checks = {
        "/healthz": lambda kind, body: json.loads(body)["status"] == "alive",
        "/readyz": lambda kind, body: json.loads(body)["status"] == "ready",
        "/api/v1/services": lambda kind, body: "items" in json.loads(body),
        "/api/v1/openapi.json": lambda kind, body: json.loads(body)["openapi"].startswith("3."),
        "/": lambda kind, body: kind == "text/html" and b"<html" in body,
    }
    failed = 0
    for path, holds in checks.items():
        try:
            status, kind, body = get(path)
            said = (
                "ok" if status == 200 and holds(kind, body) else f"{status} {kind} {body[:200]!r}"
            )
        except (OSError, HTTPException, ValueError, KeyError) as cause:
            said = str(cause)
        failed += said != "ok"
        print(f"{path}: {said}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
