"""Keys that change: believed within their time, for people's tokens only, and never again once withdrawn."""

from __future__ import annotations

import time

import pytest
from tests.unit.common.minting import (
    BEGINS,
    EC,
    ED,
    ENDS,
    NOW,
    PERSON,
    SERVICES,
    SYSTEM,
    a_verifier,
    access_token,
    assertion,
    new_signer,
    statement,
)

from panjareh_common.refusals import NotSignedIn
from panjareh_common.security import ServiceIdentity, TokenVerifier, tokens
from panjareh_common.security.keys import (
    ES256,
    KeyUnfit,
    PublishedKey,
    key_of_service,
    read_key,
)


def bare_verifier(clock=lambda: NOW) -> TokenVerifier:
    return TokenVerifier({"keys": [each.public_key for each in SERVICES.values()]}, clock)


def hear(verifier: TokenVerifier, signer, **changes) -> None:
    verifier.trust(verifier.read_statement(statement(signer, **changes)))


def believes(verifier: TokenVerifier, token: str) -> bool:
    try:
        verifier.caller(token)
    except NotSignedIn:
        return False
    return True


@pytest.mark.parametrize("signer", [ED, EC], ids=lambda signer: signer.algorithm)
def test_a_published_key_is_believed_from_the_moment_it_is_heard_of(signer):
    verifier, token = bare_verifier(), access_token(PERSON, signer)
    assert not believes(verifier, token)

    hear(verifier, signer)

    assert believes(verifier, token)


@pytest.mark.parametrize(
    ("now", "believed"),
    [
        (BEGINS - 6, False),
        (BEGINS - 5, True),  # clocks differ
        (BEGINS, True),
        (ENDS - 1, True),
        (ENDS, False),
        (ENDS + 10**6, False),
    ],
)
@pytest.mark.parametrize("signer", [ED, EC], ids=lambda signer: signer.algorithm)
def test_a_key_is_believed_within_its_time_only(signer, now, believed):
    claims = PERSON | {"exp": ENDS + 10**7}

    assert believes(a_verifier(lambda: now), access_token(claims, signer)) is believed


def test_a_remembered_token_ends_with_its_key():
    now = [NOW]
    verifier = a_verifier(lambda: now[0])
    token = access_token(PERSON | {"exp": ENDS + 10**7})
    assert believes(verifier, token)

    now[0] = ENDS - 1
    assert believes(verifier, token)
    now[0] = ENDS

    assert not believes(verifier, token)


@pytest.mark.parametrize("order", ["withdrawn last", "withdrawn first"])
def test_a_withdrawn_key_is_believed_by_nobody_whatever_is_heard_again(order):
    verifier, token = bare_verifier(), access_token()
    if order == "withdrawn last":
        hear(verifier, ED)
        assert believes(verifier, token)
    hear(verifier, ED, expires_at=NOW)
    assert not believes(verifier, token)

    hear(verifier, ED)

    assert not believes(verifier, token)
    hear(verifier, EC)
    assert believes(verifier, access_token(PERSON, EC))
    assert not believes(verifier, token)


def test_other_tokens_are_believed_after_a_withdrawal():
    verifier = a_verifier()
    others = [access_token(SYSTEM, EC), access_token(PERSON, SERVICES["identity"]), assertion()]
    assert all(believes(verifier, token) for token in others)

    hear(verifier, ED, expires_at=NOW)

    assert all(believes(verifier, token) for token in others)


def test_a_token_that_is_read_while_its_key_is_withdrawn_is_not_remembered(monkeypatch):
    verifier, token = a_verifier(), access_token()
    read = verifier._read

    def slowly(text):
        found = read(text)
        hear(verifier, ED, expires_at=NOW)
        return found

    monkeypatch.setattr(verifier, "_read", slowly)
    verifier.caller(token)  # it was good when it was read
    monkeypatch.setattr(verifier, "_read", read)

    assert not believes(verifier, token)


def test_no_statement_takes_the_place_of_a_services_own_key():
    thief = new_signer("identity-deadbeef")
    told = PublishedKey("identity-1", thief.public_key, BEGINS, ENDS)
    verifier = bare_verifier()

    verifier.trust(told)

    assert believes(verifier, access_token(PERSON, SERVICES["identity"]))
    forged = new_signer("identity-1")
    assert not believes(verifier, access_token(PERSON, forged))


@pytest.mark.parametrize(
    "changes",
    [
        {"kid": "identity-2"},
        {"kid": "requests-0badcafe"},
        {"kid": "identity-0badcafe0"},
        {"kid": "identity-0BADCAFE"},
        {"kid": None},
        {"jwk": None},
        {"jwk": {}},
        {"jwk": {"kty": "oct", "k": "c2VjcmV0"}},
        {"jwk": {"kty": "RSA", "n": "AQAB", "e": "AQAB"}},
        {"jwk": {"kty": "EC", "crv": "P-384", "x": "AA", "y": "AA"}},
        {"jwk": {"kty": "OKP", "crv": "X25519", "x": "AA"}},
        {"jwk": {"kty": "OKP", "crv": "Ed25519"}},
        {"not_before": None},
        {"not_before": "now"},
        {"expires_at": 1e9},
        {"expires_at": True},
    ],
)
def test_a_statement_that_says_something_else_is_refused(changes):
    verifier = bare_verifier()

    with pytest.raises(KeyUnfit):
        verifier.read_statement(statement(ED, **changes))


@pytest.mark.parametrize(
    "jwk",
    [
        {"kty": "OKP", "crv": "Ed25519", "x": "AA"},
        {"kty": "OKP", "crv": "Ed25519", "x": "!"},
        {"kty": "EC", "crv": "P-256", "x": EC.public_key["x"], "y": EC.public_key["x"]},
    ],
)
def test_what_is_no_key_is_refused_when_it_is_read(jwk):
    with pytest.raises(KeyUnfit):
        read_key(jwk)


def test_the_private_half_is_never_taken_over():
    private = ED._key.as_dict(private=True)
    assert "d" in private

    told = bare_verifier().read_statement(statement(ED, jwk=private))

    assert "d" not in told.jwk


@pytest.mark.parametrize(
    "jwk", [EC.public_key, ED.public_key | {"kid": ""}, ED.public_key | {"kid": "identity"}]
)
def test_a_services_own_key_is_an_ed25519_one_with_its_name(jwk):
    with pytest.raises(KeyUnfit):
        key_of_service(jwk)


def test_a_service_signs_with_its_kind_of_key_only():
    with pytest.raises(KeyUnfit):
        ServiceIdentity("requests", EC._key.as_dict(private=True) | {"kid": "requests-1"})


def test_an_algorithm_belongs_to_its_key_and_not_to_the_token():
    assert read_key(ED.public_key)[0] == tokens.ALGORITHM
    assert read_key(EC.public_key | {"alg": "Ed25519"})[0] == ES256


def test_a_statement_says_again_what_it_was_made_of():
    told = bare_verifier().read_statement(statement(EC))

    assert PublishedKey.from_claims(told.to_claims()) == told


def _seconds(work) -> float:
    """The shortest of several runs, which says most about the work itself."""
    runs = []
    for _ in range(7):
        began = time.perf_counter()
        work()
        runs.append(time.perf_counter() - began)
    return min(runs)


def test_a_remembered_token_costs_the_same_however_many_sessions_ended_and_keys_there_are():
    verifier, token = a_verifier(), access_token()
    verifier.caller(token)

    def checks() -> None:
        for _ in range(2000):
            verifier.caller(token)

    few = _seconds(checks)
    for number in range(50_000):
        verifier.end_session(f"session-{number}", NOW + 900)
    for number in range(300):
        verifier.trust(PublishedKey(f"identity-{number:08x}", ED.public_key, BEGINS, ENDS + number))

    assert _seconds(checks) < 3 * few


def test_ending_a_session_costs_the_same_however_many_have_ended():
    """Each that ends pays for few that are forgotten: twenty thousand take a fraction of a second."""
    now = [NOW]
    verifier = a_verifier(lambda: now[0])
    began = time.process_time()
    for number in range(20_000):
        verifier.end_session(f"session-{number}", NOW + 900)
    assert time.process_time() - began < 2

    now[0] = NOW + 1000
    for number in range(20_000, 45_000):
        verifier.end_session(f"session-{number}", NOW + 1900)

    assert len(verifier._ended) < 50_000
    assert not believes(
        verifier, access_token(PERSON | {"sid": "session-44999", "exp": NOW + 1900})
    )


def test_a_session_that_ended_twice_is_refused_until_the_later_end():
    verifier = a_verifier()
    verifier.end_session("a-session", NOW + 900)
    verifier.end_session("a-session", NOW + 100)

    assert verifier._ended["a-session"] == NOW + 900


def test_the_session_of_an_authoritys_system_ends_like_any_other():
    verifier, token = a_verifier(), access_token(SYSTEM)
    assert believes(verifier, token)

    verifier.end_session(SYSTEM["sid"], NOW + 900)

    assert not believes(verifier, token)
