"""The door for files as it stands in its process: real HTTP, a real database, and a scanner that speaks as clamd does."""

from __future__ import annotations

import asyncio
import base64
import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import uvicorn
from psycopg.types.json import Jsonb
from tests.integration.requests.drafting import KEPT_FOR, requests_on

from panjareh_common.assurance import AssuranceLevel
from panjareh_common.blobs import PostgresBlobs
from panjareh_common.database import Database
from panjareh_common.due import DueWorker
from panjareh_common.event_store import Cause, EventLog, Keyring, UnitOfWork
from panjareh_common.refusals import NotSignedIn
from panjareh_common.security import Caller, CallerKind
from panjareh_requests.adapters.clamd import ClamdScanner
from panjareh_requests.adapters.sniffing import sniff
from panjareh_requests.application.files import Files
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.http.app import make_app
from panjareh_requests.read_model.files import (
    FilesOfRequests,
    OwnFiles,
    PermitByRequest,
    PostgresFiles,
)
from panjareh_requests.read_model.looks import PostgresLooks
from panjareh_requests.read_model.terms import PublishedTerms
from panjareh_sandbox.scanner import ScannerDoor

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n"
TUS = {"Tus-Resumable": "1.0.0"}
PIECE = TUS | {"Content-Type": "application/offset+octet-stream"}
FILES = "/api/v1/files"
CODE = "MUN-001"


def picture(size: int) -> bytes:
    """A PNG by its first bytes; the rest is noise that no two have in common."""
    return PNG + secrets.token_bytes(size - len(PNG))


def named(name: str) -> str:
    return f"filename {base64.b64encode(name.encode()).decode()}"


@dataclass
class Tokens:
    """Stands where TokenVerifier stands."""

    callers: dict[str, Caller] = field(default_factory=dict)

    def caller(self, token: str | None) -> Caller:
        try:
            return self.callers[token or ""]
        except KeyError:
            raise NotSignedIn() from None


class Somebody:
    """One caller with a token, over HTTP."""

    def __init__(self, door: FilesDoor, caller: Caller) -> None:
        token = secrets.token_hex(8)
        door.tokens.callers[token] = caller
        self.caller, self.door = caller, door
        headers = {"Authorization": f"Bearer {token}", "Accept-Language": "en"}
        self.http = httpx.Client(base_url=door.url, headers=headers, trust_env=False, timeout=30)

    def begin(self, length: int, name: str = "plan.png") -> str:
        headers = TUS | {"Upload-Length": str(length), "Upload-Metadata": named(name)}
        answer = self.http.post(FILES, headers=headers)
        assert answer.status_code == 201, answer.text
        return str(answer.headers["location"]).rpartition("/")[2]

    def send(self, file_id: str, offset: int, data: bytes) -> httpx.Response:
        headers = PIECE | {"Upload-Offset": str(offset)}
        return self.http.patch(f"{FILES}/{file_id}", headers=headers, content=data)

    def offset(self, file_id: str) -> int:
        answer = self.http.head(f"{FILES}/{file_id}", headers=TUS)
        assert answer.status_code == 200, answer.status_code
        return int(answer.headers["upload-offset"])

    def upload(self, data: bytes, name: str = "plan.png") -> str:
        file_id = self.begin(len(data), name)
        assert self.send(file_id, 0, data).status_code == 204
        return file_id

    def clean(self, data: bytes, name: str = "plan.png") -> str:
        file_id = self.upload(data, name)
        self.door.look()
        assert self.state(file_id)["state"] == "clean", self.state(file_id)
        return file_id

    def state(self, file_id: str) -> dict[str, Any]:
        answer = self.http.get(f"{FILES}/{file_id}/state")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def get(self, file_id: str) -> httpx.Response:
        return self.http.get(f"{FILES}/{file_id}")


class FilesDoor:
    """`now` goes on when it is told to; `look` does what the clock process would do now."""

    def __init__(self, database: Database, url: str, scanner: str | None) -> None:
        self.database, self.url = database, url
        self.now = datetime(2026, 3, 1, 8, tzinfo=UTC)
        self.keyring = Keyring(secrets.token_bytes(32), database)
        self.log = EventLog(database, self.keyring, lambda: self.now)
        self.tokens = Tokens()
        self.terms = PublishedTerms(self.log)
        self.requests = requests_on(self.log, self.terms)
        self.drafts = self.requests._drafts
        looks = PostgresLooks()
        self.rows, permit = PostgresFiles(database, self.keyring), PermitByRequest(looks)
        self.of_requests = FilesOfRequests(self.log, self.rows, permit)
        self.blobs = PostgresBlobs(database, self.keyring)
        self.files = Files(
            self.log,
            rows=self.rows,
            blobs=self.blobs,
            scanner=ClamdScanner(scanner, seconds=5) if scanner else None,
            sniff=sniff,
            permit=permit,
            looks=looks,
            kept_for=KEPT_FOR,
        )
        self.worker = DueWorker(database, self.files.handlers(), lambda: self.now)
        self.app = make_app(self.tokens, self.files, OwnFiles(self.log, self.rows).page)  # type: ignore[arg-type]

    def person(self, person_id: UUID | None = None) -> Somebody:
        return Somebody(self, Caller(CallerKind.PERSON, person_id or uuid4(), AssuranceLevel(2)))

    def officer(self, authority: str, **more: Any) -> Somebody:
        return Somebody(
            self,
            Caller(
                CallerKind.OFFICER,
                uuid4(),
                AssuranceLevel(3),
                authority=authority,
                roles=("officer",),
                **more,
            ),
        )

    def review(self, request_id: str, by: Somebody) -> None:
        """It comes to the officers, and that one has the review of it."""

        def work(unit: UnitOfWork) -> None:
            request = unit.load(ServiceRequest, UUID(request_id))
            request.send_to_officers("officers_decide", unit.now)
            request.start_review(by.caller.person, unit.now)
            unit.save(request)

        self.log.run(Cause("test", "service", "platform"), work)

    def look(self) -> None:
        self.worker.run_due()

    def later(self, **by: float) -> None:
        self.now += timedelta(**by)

    def publish(self, form: dict[str, Any], code: str = CODE) -> None:
        card = {
            "code": code,
            "authority": "tehran",
            "name": {"fa": "نام", "en": "name"},
            "required_loa": 1,
            "decision_mode": "officers",
            "time_limit_days": 5,
            "channels": ["web"],
            "evidence": [],
            "form": form,
        }
        self.change(
            "INSERT INTO public_service VALUES (%s, 1, %s, now())",
            (code, Jsonb(card)),
        )

    def change(self, sql: str, parameters: Any = ()) -> None:
        with self.database.connection() as connection:
            connection.execute(sql, parameters)

    def rows_of(self, table: str) -> list[dict[str, Any]]:
        with self.database.connection() as connection:
            return connection.execute(f"SELECT * FROM {table}").fetchall()


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = threading.Event()

    def install_signal_handlers(self) -> None:
        """The test's own."""

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        self.up.set()


@contextmanager
def files_door(database: Database, *, scanner: str | None) -> Iterator[FilesDoor]:
    with socket.create_server(("127.0.0.1", 0)) as bound:
        door = FilesDoor(database, f"http://127.0.0.1:{bound.getsockname()[1]}", scanner)
        server = _Server(uvicorn.Config(door.app, log_config=None, timeout_graceful_shutdown=2))
        thread = threading.Thread(target=server.run, args=([bound],), daemon=True)
        thread.start()
        assert server.up.wait(10)
        yield door
        server.should_exit = True
        thread.join(10)


@contextmanager
def scanner_on(port: int) -> Iterator[str]:
    """The sandbox's scanner in a thread of its own."""
    loop, opened, door = asyncio.new_event_loop(), threading.Event(), ScannerDoor(port)

    async def serve() -> None:
        await door.open()
        opened.set()
        await told.wait()
        await door.close()

    told = asyncio.Event()
    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),), daemon=True)
    thread.start()
    assert opened.wait(10)
    yield f"tcp://127.0.0.1:{port}"
    loop.call_soon_threadsafe(told.set)
    thread.join(10)
    loop.close()
