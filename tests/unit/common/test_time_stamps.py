"""Time stamps over signed heads: a good one is believed, and each that is not of this head, this authority, now, is refused.

The authority is the sandbox's, which is `openssl ts` with certificates of its own.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from joserfc import jwk

from panjareh_common.clock import to_wire
from panjareh_common.following_process import follow_log
from panjareh_common.security.tokens import ServiceIdentity
from panjareh_common.settings import TSA_CERTIFICATES, TSA_URL, Settings, SettingsMissing
from panjareh_common.transparency import time_stamps
from panjareh_common.transparency.heads import HEAD_TYP, TreeHead
from panjareh_common.transparency.stamping import TimeStampingAuthority
from panjareh_common.transparency.time_stamps import StampRefused, stamped_at
from panjareh_sandbox.time_stamps import TimeStamps

KEY = jwk.OKPKey.generate_key("Ed25519", {"kid": "requests-1"})
HOUR = timedelta(hours=1)


def head(at: datetime | None = None, size: int = 3) -> str:
    claims = TreeHead("requests", size, bytes(32), 5, to_wire(at or datetime.now(UTC))).to_claims()
    return ServiceIdentity("requests", KEY.as_dict(private=True)).sign(claims, HEAD_TYP)


def roots(stamps: TimeStamps) -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates(stamps.roots.encode())


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> TimeStamps:
    return TimeStamps(tmp_path_factory.mktemp("tsa"))


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> TimeStamps:
    return TimeStamps(tmp_path_factory.mktemp("tsa"))


def test_a_stamp_over_this_head_is_believed_and_says_when(authority: TimeStamps) -> None:
    signed = head()
    query = time_stamps.query(signed)

    response = authority.reply(query.body)
    now = datetime.now(UTC)

    at = stamped_at(response, signed, roots(authority), nonce=query.nonce, now=now)
    assert abs(at - now) < timedelta(minutes=1)
    assert stamped_at(response, signed, roots(authority)) == at, "as a court does, years later"


def test_a_question_is_over_the_bytes_of_the_head_and_never_the_same_twice() -> None:
    signed = head()

    first, second = time_stamps.query(signed), time_stamps.query(signed)

    assert hashlib.sha256(signed.encode()).digest() in first.body
    assert first.nonce != second.nonce


def test_a_stamp_over_another_head_is_refused(authority: TimeStamps) -> None:
    response = authority.reply(time_stamps.query(head(size=3)).body)

    with pytest.raises(StampRefused, match="messages"):
        stamped_at(response, head(size=4), roots(authority))


def test_an_answer_to_another_question_is_refused(authority: TimeStamps) -> None:
    signed = head()
    earlier = authority.reply(time_stamps.query(signed).body)

    with pytest.raises(StampRefused, match="Nonce"):
        stamped_at(earlier, signed, roots(authority), nonce=time_stamps.query(signed).nonce)


def test_a_stamp_of_an_authority_that_we_do_not_believe_is_refused(
    authority: TimeStamps, other: TimeStamps
) -> None:
    signed = head()
    response = other.reply(time_stamps.query(signed).body)

    with pytest.raises(StampRefused):
        stamped_at(response, signed, roots(authority))
    with pytest.raises(StampRefused, match="no certificate"):
        stamped_at(response, signed, [])


def test_no_changed_byte_of_a_stamp_makes_it_fit_another_head(authority: TimeStamps) -> None:
    signed, forged = head(size=3), head(size=4)
    response = authority.reply(time_stamps.query(signed).body)
    hashes = [hashlib.sha256(each.encode()).digest() for each in (signed, forged)]

    with pytest.raises(StampRefused):
        stamped_at(response.replace(*hashes), forged, roots(authority))


@pytest.mark.parametrize("place", [-1, -40, -200])
def test_a_forged_signature_is_refused(authority: TimeStamps, place: int) -> None:
    signed = head()
    response = bytearray(authority.reply(time_stamps.query(signed).body))
    response[place] ^= 1

    with pytest.raises(StampRefused):
        stamped_at(bytes(response), signed, roots(authority))


def test_a_stamp_by_a_certificate_that_had_ended_is_refused(tmp_path: Path) -> None:
    ended = TimeStamps(tmp_path, lives=-HOUR)
    signed = head()

    with pytest.raises(StampRefused, match="certificate"):
        stamped_at(ended.reply(time_stamps.query(signed).body), signed, roots(ended))


@pytest.mark.parametrize(("signed_after", "now_before"), [(HOUR, None), (timedelta(), HOUR)])
def test_a_stamp_before_its_head_or_after_now_is_refused(
    authority: TimeStamps, signed_after: timedelta, now_before: timedelta | None
) -> None:
    signed = head(datetime.now(UTC) + signed_after)
    response = authority.reply(time_stamps.query(signed).body)
    now = datetime.now(UTC) - now_before if now_before else None

    with pytest.raises(StampRefused, match=r"before the head|still to come"):
        stamped_at(response, signed, roots(authority), now=now)


@pytest.mark.parametrize("response", [b"", b"\x30\x00", b"<html>", b"\x30\x82" * 50])
def test_what_is_no_stamp_at_all_is_refused(authority: TimeStamps, response: bytes) -> None:
    with pytest.raises(StampRefused):
        stamped_at(response, head(), roots(authority))


def test_a_refusal_of_the_authority_is_no_stamp(authority: TimeStamps) -> None:
    with pytest.raises(StampRefused):
        stamped_at(authority.reply(b"no question"), head(), roots(authority))


def test_a_stamp_over_what_is_no_head_is_refused(authority: TimeStamps) -> None:
    with pytest.raises(StampRefused, match="no head"):
        stamped_at(authority.reply(time_stamps.query("x").body), "x", roots(authority))


# Over HTTP

Answer = Callable[[httpx.Request], httpx.Response]


def asked(authority: TimeStamps, answer: Answer) -> TimeStampingAuthority:
    transport = httpx.MockTransport(answer)
    return TimeStampingAuthority("http://tsa.test", roots(authority), transport=transport)


def test_it_is_asked_as_the_rfc_says(authority: TimeStamps) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.headers["content-type"] == "application/timestamp-query"
        return httpx.Response(200, content=authority.reply(request.content))

    signed = head()
    response, at = asked(authority, answer).stamp(signed, lambda: datetime.now(UTC))

    assert stamped_at(response, signed, roots(authority)) == at


@pytest.mark.parametrize(
    ("status", "content"), [(503, b""), (302, b""), (200, b""), (200, b"0" * 70_000)]
)
def test_an_answer_that_is_none_is_not_taken(
    authority: TimeStamps, status: int, content: bytes
) -> None:
    wanted = asked(authority, lambda _: httpx.Response(status, content=content))

    with pytest.raises(StampRefused):
        wanted.stamp(head(), lambda: datetime.now(UTC))


def test_an_answer_that_was_given_before_is_not_taken(authority: TimeStamps) -> None:
    signed = head()
    earlier = authority.reply(time_stamps.query(signed).body)
    wanted = asked(authority, lambda _: httpx.Response(200, content=earlier))

    with pytest.raises(StampRefused, match="Nonce"):
        wanted.stamp(signed, lambda: datetime.now(UTC))


# Settings


def test_certificates_are_read_from_their_text(authority: TimeStamps, other: TimeStamps) -> None:
    both = authority.roots + other.roots
    environ: dict[str, Any] = {TSA_CERTIFICATES.name: both, TSA_URL.name: "https://tsa.example.org"}

    settings = Settings(TSA_CERTIFICATES, TSA_URL, environ=environ)

    assert list(settings[TSA_CERTIFICATES]) == roots(authority) + roots(other)
    assert Settings(TSA_CERTIFICATES, environ={})[TSA_CERTIFICATES] == ()
    with pytest.raises(SettingsMissing, match=TSA_CERTIFICATES.name):
        Settings(TSA_CERTIFICATES, environ={TSA_CERTIFICATES.name: "-----BEGIN"})


def test_a_follower_that_should_have_heads_stamped_names_the_certificates_that_are_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    key = base64.urlsafe_b64encode(bytes(32)).decode()
    for name, value in {
        "PANJAREH_AMQP_URL": "amqp://localhost:1/x",
        "PANJAREH_SERVICE_JWKS": json.dumps({"keys": [KEY.as_dict(private=False)]}),
        "PANJAREH_REQUESTS_DATABASE_URL": "postgresql://localhost:1/x",
        "PANJAREH_REQUESTS_SIGNING_KEY": json.dumps(KEY.as_dict(private=True)),
        "PANJAREH_REQUESTS_SEALING_KEY": key,
        "PANJAREH_REQUESTS_TRANSPORT_KEY": key,
        "PANJAREH_TSA_URL": "https://tsa.example.org",
    }.items():
        monkeypatch.setenv(name, value)

    with pytest.raises(SettingsMissing, match="PANJAREH_TSA_CERTIFICATES"):
        follow_log("requests", {}, ())
