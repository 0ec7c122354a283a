"""A document's whole way over public HTTP: issued, printed, checked by strangers, sent, revoked, and proven (R4)."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx
import jwt
import pypdfium2
import pytest
import zxingcpp

from panjareh_cli.local.platform import Platform
from tests.people import Officer, Person, internet_form, officer, somebody, until


class Issued:
    """Somebody who was issued a document a moment ago."""

    def __init__(self, platform: Platform) -> None:
        self.holder = Person(platform, somebody(decile=2)).arrive()
        form = internet_form(self.holder.about)
        self.submitted = self.holder.submit("INET-001", form)
        self.request_id: str = self.submitted["request_id"]
        told = self.holder.wait_for(self.request_id, "decided")
        assert told["outcome"] == "granted"
        self.number: str = told["output"]["number"]
        self.path = f"/api/v1/documents/{self.number}"


@pytest.fixture(scope="module")
def issued(platform: Platform) -> Issued:
    return Issued(platform)


def opened(token: str, platform: Platform) -> dict[str, Any]:
    """As a stranger opens a credential: with the key in the issuer's document, by a library that is not ours."""
    issuer = httpx.get(f"{platform.url}/.well-known/did.json", trust_env=False)
    assert issuer.headers["content-type"].startswith("application/did+json")
    keys = {key["id"]: key["publicKeyJwk"] for key in issuer.json()["verificationMethod"]}
    key = jwt.PyJWK(keys[jwt.get_unverified_header(token)["kid"]], algorithm="EdDSA").key
    reader = jwt.api_jws.PyJWS(algorithms=[])
    reader.register_algorithm("Ed25519", jwt.algorithms.OKPAlgorithm())
    content: dict[str, Any] = json.loads(reader.decode(token, key, algorithms=["Ed25519"]))
    assert content["issuer"] == issuer.json()["id"]
    return content


def bit_of(platform: Platform, credential: dict[str, Any]) -> int:
    """What the status list that a credential names says of it."""
    status = credential["credentialStatus"]
    answer = httpx.get(status["statusListCredential"], trust_env=False)
    assert answer.headers["content-type"].startswith("application/vc+jwt")
    text = opened(answer.text, platform)["credentialSubject"]["encodedList"][1:]
    bits = gzip.decompress(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    index = int(status["statusListIndex"])
    return bits[index // 8] >> (7 - index % 8) & 1


def qr_of(pdf: bytes) -> str:
    drawn = pypdfium2.PdfDocument(pdf)[0].render(scale=2, grayscale=True)
    pixels = memoryview(bytes(drawn.buffer)).cast("B", [drawn.height, drawn.stride])
    [found] = zxingcpp.read_barcodes(pixels)
    return str(found.text)


def page_at(platform: Platform, address: str, language: str = "en") -> str:
    parts = urlsplit(address)
    answer = httpx.get(
        f"{platform.url}{parts.path}",
        params=dict(
            {key: values[0] for key, values in parse_qs(parts.query).items()}, lang=language
        ),
        trust_env=False,
    )
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert "<script" not in answer.text
    return answer.text


def test_the_code_of_a_printed_document_leads_to_what_has_to_stand_on_it(
    platform: Platform, issued: Issued
) -> None:
    printed = issued.holder.get(f"{issued.path}/pdf")
    assert printed.headers["content-type"] == "application/pdf"

    address = qr_of(printed.content)

    assert urlsplit(address).path == f"/verify/{issued.number}"
    with_code = page_at(platform, address)
    with_number = page_at(platform, f"/verify/{issued.number}")
    assert "This document is genuine and valid" in with_code
    assert "This document is genuine and valid" in with_number
    assert issued.holder.about.family_name in with_code
    assert issued.holder.about.family_name not in with_number
    assert "این سند اصل و معتبر است" in page_at(platform, address, "fa")
    assert issued.holder.get(f"{issued.path}/pdf").content == printed.content


def test_a_number_is_typed_as_people_type_it(platform: Platform, issued: Issued) -> None:
    persian = issued.number.translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"))
    typed = f"{persian[:4]} {persian[4:8]} {persian[8:]}"

    found = httpx.get(
        f"{platform.url}/verify", params={"number": typed, "lang": "en"}, trust_env=False
    )
    wrong = httpx.get(f"{platform.url}/verify", params={"number": "123"}, trust_env=False)

    assert found.status_code == 303
    assert found.headers["location"] == f"/verify/{issued.number}?lang=en"
    assert wrong.status_code == 200
    assert 'aria-invalid="true"' in wrong.text


def test_a_stranger_opens_the_credential_and_sees_that_it_holds(
    platform: Platform, issued: Issued
) -> None:
    token = issued.holder.get(f"{issued.path}/credential").text

    credential = opened(token, platform)

    shown = credential["credentialSubject"]["document"]
    assert shown["number"] == issued.number
    assert issued.holder.about.family_name in json.dumps(shown, ensure_ascii=False)
    assert bit_of(platform, credential) == 0


def test_nobody_else_gets_a_document_by_any_of_its_addresses(
    platform: Platform, issued: Issued
) -> None:
    stranger, police = Person(platform, somebody()).arrive(), officer(platform, "police")

    for someone in (stranger, police):
        for path in ("", "/pdf", "/credential"):
            assert someone.get(issued.path + path).status_code == 404
        body = {"receiver": "education"}
        sent = someone.post(f"{issued.path}/deliveries", body, key=str(uuid4()))
        assert sent.status_code == 404
    revoked = police.post(
        f"/agency/v1/documents/{issued.number}/revocation",
        {"because": "court_order", "reason": "x"},
        key=str(uuid4()),
    )
    assert revoked.status_code == 404
    assert stranger.get("/api/v1/documents").json()["items"] == []
    assert stranger.get("/agency/v1/documents").status_code == 403


def test_every_receipt_has_its_proof_within_a_minute(platform: Platform, issued: Issued) -> None:
    path = f"/api/v1/requests/{issued.request_id}/receipts"

    def look() -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = issued.holder.get(path).json()["items"]
        return items

    receipts = until(look, lambda items: all(each["proven"] for each in items), seconds=60)

    assert [each["of"] for each in receipts] == ["submission", "decision", "document"]
    assert receipts[0]["receipt"] == issued.submitted["receipt"]
    for each in receipts:
        proof = issued.holder.get(f"/api/v1/receipts/{each['id']}/proof").json()
        assert root_of(proof) == proof["root"]
        claims = jwt.decode(proof["head"], options={"verify_signature": False})
        assert (claims["root"], claims["size"]) == (proof["root"], proof["size"])
        receipt = jwt.decode(each["receipt"], options={"verify_signature": False})
        assert receipt["hash"] == proof["leaf"]["hash"]


def root_of(proof: dict[str, Any]) -> str:
    """RFC 9162, section 2.1.3.2, by a hand that does not use ours."""
    head = bytes.fromhex(proof["leaf"]["leaf_hash"])
    fn, sn = proof["index"], proof["size"] - 1
    for step in map(bytes.fromhex, proof["path"]):
        if fn % 2 or fn == sn:
            head = hashlib.sha256(b"\x01" + step + head).digest()
            while fn and fn % 2 == 0:
                fn, sn = fn // 2, sn // 2
        else:
            head = hashlib.sha256(b"\x01" + head + step).digest()
        fn, sn = fn // 2, sn // 2
    assert sn == 0
    return head.hex()


def test_a_document_that_was_sent_is_read_there_and_a_revoked_one_is_told_as_revoked(
    platform: Platform,
) -> None:
    issued = Issued(platform)
    school, ministry = officer(platform, "education"), officer(platform, "mcit")
    # Authorities come by events, so the first who sends something may be early.
    until(lambda: send(issued), lambda answer: answer.status_code == 201)
    credential = opened(issued.holder.get(f"{issued.path}/credential").text, platform)
    delivery = delivered(school, issued.number)

    revoked = ministry.post(
        f"/agency/v1/documents/{issued.number}/revocation",
        {"because": "conditions_ended", "reason": "The line was closed."},
        key=str(uuid4()),
    )

    assert revoked.status_code == 200, revoked.text
    there = school.get(f"/agency/v1/documents/{delivery}").json()
    assert (there["state"], there["because"]) == ("revoked", "conditions_ended")
    assert issued.holder.about.family_name in json.dumps(there["shows"], ensure_ascii=False)
    checked = Person(platform, somebody()).get(f"{issued.path}/verification").json()
    assert (checked["genuine"], checked["valid"], checked["state"]) == (True, False, "revoked")
    assert "The line was closed." not in json.dumps(checked)
    assert "This document was revoked" in page_at(platform, f"/verify/{issued.number}")
    assert bit_of(platform, credential) == 1
    assert issued.holder.look(issued.request_id)["output"]["state"] == "revoked"
    last = issued.holder.timeline(issued.request_id)[-1]
    assert "The line was closed." in last["text"]
    [mine] = issued.holder.get("/api/v1/documents").json()["items"]
    assert mine["state"] == "revoked"
    again = send(issued)
    assert (again.status_code, again.json()["code"]) == (409, "document_revoked")


def send(issued: Issued) -> httpx.Response:
    body = {"receiver": "education"}
    return issued.holder.post(f"{issued.path}/deliveries", body, key=str(uuid4()))


def delivered(school: Officer, number: str) -> str:
    items = school.get("/agency/v1/documents?limit=100").json()["items"]
    [found] = [row["delivery_id"] for row in items if row["number"] == number]
    return str(found)
