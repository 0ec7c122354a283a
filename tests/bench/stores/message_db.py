"""message-db: an event store as functions of PostgreSQL, in the npm package that its authors publish."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import subprocess
import tarfile
from uuid import uuid4

import psycopg
from psycopg.types.json import Jsonb

from tests.bench.ground import Ground
from tests.bench.stores import Store, padding, settled

COUNT = "SELECT count(*) FROM message_store.messages"

_PACKAGE = "@eventide/message-db@1.3.1"
_SHA512 = "n3hdE5YAZNXTr2HK9gG0GJ6dusgdE544LTvS+21/yOEHBvNuUzNmXXw5vS05vpe6RSuhzTRy5Wg0q7c1VfJg+A=="
# In the order of the package's own install.sh.
_FILES = (
    *("schema/message-store", "extensions/pgcrypto", "tables/messages", "types/message"),
    *("functions/message-store-version", "functions/hash-64", "functions/acquire-lock"),
    *("functions/category", "functions/is-category", "functions/id", "functions/cardinal-id"),
    *("functions/stream-version", "functions/write-message"),
    *("indexes/messages-id", "indexes/messages-category", "indexes/messages-stream"),
)


class NotHere(Exception):
    """The package cannot be had here; says why."""


def prepare(ground: Ground, name: str) -> str:
    """Raises NotHere when npm is missing or has no registry within reach."""
    npm = shutil.which("npm")
    if npm is None:
        raise NotHere("npm is not installed")
    packed = subprocess.run(
        [npm, "pack", "--silent", _PACKAGE],
        cwd=ground.home,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "npm_config_update_notifier": "false"},
    )
    if packed.returncode != 0:
        raise NotHere(f"npm pack {_PACKAGE} failed")
    file = ground.home / packed.stdout.strip()
    digest = base64.b64encode(hashlib.sha512(file.read_bytes()).digest()).decode()
    if digest != _SHA512:
        raise NotHere(f"{_PACKAGE} is not the file that was looked at")
    with tarfile.open(file) as archive:
        archive.extractall(ground.home / "message-db", filter="data")
    url = ground.database(name)
    with psycopg.connect(url, autocommit=True) as connection:
        # Its roles and grants are left out: the owner of everything writes.
        connection.execute("SET client_min_messages = warning")
        connection.execute("SET search_path = message_store, public")
        for part in _FILES:
            path = ground.home / "message-db" / "package" / "database" / f"{part}.sql"
            connection.execute(path.read_bytes())
    return url


class _MessageDb:
    in_flight = 1

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(
            url,
            autocommit=True,
            prepare_threshold=0,
            options="-c search_path=message_store,public",
        )
        self._cursor = self._connection.cursor()
        self._data = Jsonb({"note": padding(len(json.dumps({"note": ""})))})
        self._metadata = Jsonb({"actor": "bench", "channel": "bench", "role": "service"})

    def append(self) -> int:
        self._cursor.execute(
            "SELECT write_message(%s, %s, 'Opened', %s, %s, -1)",
            (str(uuid4()), f"item-{uuid4()}", self._data, self._metadata),
        )
        return 1

    def settle(self) -> bool:
        return settled(self._connection)


def open_store(url: str) -> Store:
    return _MessageDb(url)
