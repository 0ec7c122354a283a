"""Kills while a file is on its way and while it is looked through: it goes on from there, and is what was sent."""

from __future__ import annotations

import base64
import secrets
import threading

import httpx
import pytest

from panjareh_cli.local.platform import Platform
from tests.people import Person, pauses, somebody, until

pytestmark = pytest.mark.faults

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + secrets.token_bytes(3_000_000)
PIECE = 100_000
TUS = {"Tus-Resumable": "1.0.0"}
FILES = "/api/v1/files"


class Sender:
    """Sends as a good client does: when the line breaks it asks how far it came, and goes on from there."""

    def __init__(self, platform: Platform) -> None:
        person = Person(platform, somebody())
        # The fault before may not be over everywhere; signing up is not what is tried here.
        statement = "/api/v1/privacy-statement"
        until(lambda: person.get(statement).status_code, lambda status: status == 200, 60)
        person.sign_up()
        person.sign_in()
        headers = {"Authorization": f"Bearer {person.token}"} | TUS
        self.http = httpx.Client(
            base_url=platform.files_url,
            headers=headers,
            trust_env=False,
            timeout=10,
        )
        self.pieces = 0

    def begin(self) -> str:
        name = f"filename {base64.b64encode(b'plan.pdf').decode()}"
        headers = {"Upload-Length": str(len(PDF)), "Upload-Metadata": name}
        return str(self.http.post(FILES, headers=headers).headers["location"]).rpartition("/")[2]

    def send(self, file_id: str) -> None:
        at = 0
        for _ in pauses():
            if at == len(PDF):
                return
            headers = {
                "Upload-Offset": str(at),
                "Content-Type": "application/offset+octet-stream",
            }
            try:
                answer = self.http.patch(
                    f"{FILES}/{file_id}", headers=headers, content=PDF[at : at + PIECE]
                )
                at = int(answer.headers["upload-offset"])
                self.pieces += 1
            except (httpx.TransportError, KeyError):
                at = self.offset(file_id)

    def offset(self, file_id: str) -> int:
        def ask() -> httpx.Response | None:
            try:
                return self.http.head(f"{FILES}/{file_id}")
            except httpx.TransportError:
                return None

        answer = until(ask, lambda said: said is not None and said.status_code == 200, 60)
        return int(answer.headers["upload-offset"])

    def state(self, file_id: str) -> str:
        return str(self.http.get(f"{FILES}/{file_id}/state").json()["state"])


@pytest.mark.parametrize("killed", ["requests.http", "postgres"])
def test_an_upload_goes_on_after_a_kill_and_the_file_is_what_was_sent(
    platform: Platform, killed: str
) -> None:
    sender = Sender(platform)
    file_id = sender.begin()

    sending = threading.Thread(target=sender.send, args=(file_id,))
    sending.start()
    until(lambda: sender.pieces, lambda pieces: pieces >= 8, 30)
    if killed == "postgres":
        platform.restart_database("immediate")
    else:
        platform.kill(killed)
    sending.join(100)

    assert not sending.is_alive()
    until(lambda: sender.state(file_id), lambda state: state == "clean", 60)
    assert sender.http.get(f"{FILES}/{file_id}").content == PDF


def test_a_clock_that_is_killed_looks_through_a_file_later(platform: Platform) -> None:
    sender = Sender(platform)
    file_id = sender.begin()
    sender.send(file_id)

    platform.kill("requests.clock")

    # What it had in hand comes due again when its hold ends.
    until(lambda: sender.state(file_id), lambda state: state == "clean", 100)
    assert sender.http.get(f"{FILES}/{file_id}").content == PDF
