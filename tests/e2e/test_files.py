"""A plan with a request: uploaded in pieces, looked through by a scanner over its own protocol, seen by the officer."""

from __future__ import annotations

import secrets
from io import BytesIO
from typing import Any
from uuid import uuid4

import httpx
import pytest
import yaml
from tusclient.client import TusClient

from panjareh_cli.local.platform import Platform
from panjareh_sandbox.demo import services_dir
from panjareh_sandbox.scanner import EICAR
from tests.e2e.test_bad_input import problem
from tests.filling import filled
from tests.people import Person, officer, persona, until

CODE = "MUN-001"
FORM = yaml.safe_load((services_dir() / f"{CODE}.yaml").read_text(encoding="utf-8"))["form"]
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + secrets.token_bytes(700_000)


@pytest.fixture(scope="module")
def person(platform: Platform) -> Person:
    return Person(platform, persona("fits_every_scheme")).arrive()


class Files:
    """The door for files, as one person sees it."""

    def __init__(self, platform: Platform, who: Person) -> None:
        self._headers = {"Authorization": f"Bearer {who.token}", "Accept-Language": "en"}
        self._url = f"{platform.files_url}/api/v1/files"

    def get(self, file_id: str, more: str = "") -> httpx.Response:
        return httpx.get(
            f"{self._url}/{file_id}{more}", headers=self._headers, trust_env=False, timeout=30
        )

    def upload(self, data: bytes, name: str) -> str:
        client = TusClient(self._url, headers=self._headers)
        sender = client.uploader(
            file_stream=BytesIO(data), chunk_size=300_000, metadata={"filename": name}
        )
        sender.upload()
        return str(sender.url).rpartition("/")[2]

    def looked_through(self, file_id: str) -> dict[str, Any]:
        seen: dict[str, Any] = until(
            lambda: self.get(file_id, "/state").json(), lambda file: file["state"] != "checking"
        )
        return seen


def submit(person: Person, drawings: str) -> httpx.Response:
    body = {"form": filled(FORM) | {"drawings": drawings}}
    return person.post(f"/api/v1/services/{CODE}/requests", body, key=str(uuid4()))


def test_a_plan_goes_with_a_request_to_its_officer(platform: Platform, person: Person) -> None:
    mine = Files(platform, person)
    file_id = mine.upload(PDF, "نقشه.pdf")
    assert mine.looked_through(file_id)["state"] == "clean"

    answer = submit(person, file_id)
    assert answer.status_code == 201, answer.text
    request_id = answer.json()["request_id"]

    clerk = officer(platform, "municipality")
    person.wait_for(request_id, "under_review")
    problem(clerk.get(f"/agency/v1/requests/{request_id}/files"), 403, "take_it_first")
    problem(Files(platform, clerk).get(file_id), 403, "take_it_first")
    review = clerk.post(f"/agency/v1/requests/{request_id}/review", key=str(uuid4()))
    assert review.status_code == 200, review.text
    listed = clerk.get(f"/agency/v1/requests/{request_id}/files").json()["items"]
    assert [(each["file_id"], each["name"], each["type"], each["bytes"]) for each in listed] == [
        (file_id, "نقشه.pdf", "application/pdf", len(PDF))
    ]
    got = Files(platform, clerk).get(file_id)
    assert (got.status_code, got.content) == (200, PDF)
    assert mine.get(file_id).content == PDF

    elsewhere = officer(platform, "police")
    problem(Files(platform, elsewhere).get(file_id), 404, "not_found")
    problem(elsewhere.get(f"/agency/v1/requests/{request_id}/files"), 404, "not_found")
    told = problem(submit(person, file_id), 422, "invalid_input")
    assert [point["pointer"] for point in told["errors"]] == ["/form/drawings"]


def test_what_harms_goes_nowhere(platform: Platform, person: Person) -> None:
    mine = Files(platform, person)

    file_id = mine.upload(PDF[:50_000] + EICAR + PDF[:1000], "plan.pdf")

    told = mine.looked_through(file_id)
    assert (told["state"], told["because"]) == ("refused", "harmful")
    problem(mine.get(file_id), 409, "file_not_shown")
    refused = problem(submit(person, file_id), 422, "invalid_input")
    assert [point["pointer"] for point in refused["errors"]] == ["/form/drawings"]
