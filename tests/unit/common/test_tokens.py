"""Tokens: what is forged, expired, ended, for others or only almost right is refused; there is no second answer."""

import base64
import json
import random
import string
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives import hashes, hmac
from joserfc import jwk, jws

from panjareh_common.assurance import AssuranceLevel
from panjareh_common.refusals import NotSignedIn
from panjareh_common.security import CallerKind, ServiceIdentity, TokenVerifier, tokens

NOW = 1_774_000_000
SUBJECT = uuid4()
KEYS = {
    name: jwk.OKPKey.generate_key("Ed25519", {"kid": f"{name}-1"})
    for name in ("identity", "requests", "gateway")
}
STRANGER = jwk.OKPKey.generate_key("Ed25519", {"kid": "identity-1"})
PERSON = {
    "iss": "identity",
    "aud": "panjareh",
    "sub": str(SUBJECT),
    "iat": NOW - 60,
    "exp": NOW + 840,
    "acr": AssuranceLevel.SUBSTANTIAL.acr,
    "auth_time": NOW - 120,
    "sid": "a-session",
}
SERVICE = {"iss": "requests", "aud": "panjareh", "iat": NOW, "exp": NOW + 30, "purpose": "a test"}


def sign(claims, by="identity", key=None, typ=None):
    private = (key or KEYS[by]).as_dict(private=True)
    usual = tokens.ACCESS_TOKEN if by == "identity" else tokens.ASSERTION
    return ServiceIdentity(by, private).sign(claims, usual if typ is None else typ)


def a_verifier(now=NOW):
    public = [key.as_dict(private=False) for key in KEYS.values()]
    return TokenVerifier({"keys": public}, lambda: now)


def without(claims, *names):
    return {name: value for name, value in claims.items() if name not in names}


def encoded(part) -> str:
    raw = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def refused(token, verifier=None):
    with pytest.raises(NotSignedIn):
        (verifier or a_verifier()).caller(token)
    return True


def test_a_persons_token_says_who_and_how_surely():
    caller = a_verifier().caller(sign(PERSON))

    assert (caller.kind, caller.subject) == (CallerKind.PERSON, SUBJECT)
    assert caller.assurance is AssuranceLevel.SUBSTANTIAL
    assert (caller.session, caller.service) == ("a-session", None)


def test_an_officers_token_says_where_and_as_what():
    caller = a_verifier().caller(sign(PERSON | {"roles": ["officer"], "authority": "police"}))

    assert caller.kind is CallerKind.OFFICER
    assert caller.office("officer") == "police"


def test_a_services_assertion_says_for_whom_and_what_for():
    request_id = uuid4()
    identity = ServiceIdentity("requests", KEYS["requests"].as_dict(private=True))
    verifier = TokenVerifier({"keys": [KEYS["requests"].as_dict(private=False)]})

    caller = verifier.caller(
        identity.assertion(subject=SUBJECT, purpose="service_request", request_id=request_id)
    )

    assert (caller.kind, caller.service) == (CallerKind.SERVICE, "requests")
    assert (caller.subject, caller.request_id) == (SUBJECT, request_id)
    assert caller.purpose == "service_request"
    assert caller.assurance is AssuranceLevel.SELF_ASSERTED


@pytest.mark.parametrize(
    "token", [None, "", " ", "x", "a.b.c", "..", "a.b", "a.b.c.d", "\ud800", "é.é.é", "\0"]
)
def test_what_is_no_token_is_refused(token):
    assert refused(token)


def test_a_token_that_somebody_else_signed_is_refused():
    assert refused(sign(PERSON, key=STRANGER))


@pytest.mark.parametrize(("age", "good"), [(839, True), (844, True), (845, False), (10**6, False)])
def test_a_token_expires_with_a_few_seconds_for_clocks_that_differ(age, good):
    verifier, token = a_verifier(NOW + age), sign(PERSON)

    assert verifier.caller(token) if good else refused(token, verifier)


@pytest.mark.parametrize(
    "claims",
    [
        without(PERSON, "exp"),
        PERSON | {"exp": str(NOW + 900)},
        PERSON | {"exp": None},
        PERSON | {"exp": 0},
        PERSON | {"exp": -NOW},
        PERSON | {"exp": float(NOW + 900)},
    ],
)
def test_a_token_without_a_readable_end_is_refused(claims):
    assert refused(sign(claims))


@pytest.mark.parametrize("audience", ["other", "", None, ["panjareh"], "panjareh "])
def test_a_token_for_another_audience_is_refused(audience):
    assert refused(sign(PERSON | {"aud": audience}))
    assert refused(sign(without(PERSON, "aud")))


@pytest.mark.parametrize("issuer", ["requests", "identity-1", "", None])
def test_a_token_that_names_another_issuer_is_refused(issuer):
    assert refused(sign(PERSON | {"iss": issuer}))
    assert refused(sign(without(PERSON, "iss")))


def test_no_service_can_speak_as_another():
    assert a_verifier().caller(sign(SERVICE, by="requests")).service == "requests"

    assert refused(sign(SERVICE | {"iss": "gateway"}, by="requests"))
    assert refused(sign(SERVICE | {"iss": "identity"}, by="requests"))


def test_only_identity_speaks_for_people():
    for typ in (tokens.ACCESS_TOKEN, tokens.ASSERTION):
        assert refused(sign(PERSON | {"iss": "requests"}, by="requests", typ=typ))
        assert refused(sign(PERSON, by="requests", typ=typ))


def test_the_token_of_an_ended_session_is_refused_and_others_are_not():
    verifier = a_verifier()
    verifier.end_session("a-session", NOW + 900)

    assert refused(sign(PERSON), verifier)
    assert verifier.caller(sign(PERSON | {"sid": "another"})).session == "another"


def test_an_ended_session_is_remembered_until_its_tokens_have_expired():
    now = [NOW]
    public = [KEYS["identity"].as_dict(private=False)]
    verifier = TokenVerifier({"keys": public}, lambda: now[0])
    verifier.end_session("a-session", NOW + 900)

    now[0] = NOW + 899
    verifier.end_session("another", NOW + 2000)

    assert refused(sign(PERSON | {"exp": NOW + 1000}), verifier)


@pytest.mark.parametrize("name", ["acr", "sid", "auth_time", "sub"])
def test_a_persons_token_that_lacks_something_is_refused(name):
    assert refused(sign(without(PERSON, name)))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("acr", None),
        ("acr", 3),
        ("acr", "urn:panjareh:loa:9"),
        ("acr", "HIGH"),
        ("acr", ["urn:panjareh:loa:4"]),
        ("sub", "not-an-id"),
        ("sub", None),
        ("sub", 5),
        ("auth_time", "yesterday"),
        ("auth_time", None),
        ("auth_time", 10**30),
        ("sid", ["a"]),
        ("sid", {}),
        ("sid", ""),
        ("roles", 5),
        ("roles", "officer"),
        ("roles", ["officer"]),  # of no authority
        ("authority", "police"),  # without a role
        ("assisting", str(uuid4())),  # by no officer
        ("amr", "pwd"),
        ("amr", [1]),
        ("client_id", "a-client"),  # without a scope
        ("client_id", 5),
    ],
)
def test_a_claim_of_another_kind_is_refused(name, value):
    assert refused(sign(PERSON | {name: value}))


@pytest.mark.parametrize("office", [{"authority": "police", "roles": ["officer"]}])
@pytest.mark.parametrize("mandate", [{}, {"assisting": str(uuid4())}])
def test_nobody_acts_for_another_as_an_officer(office, mandate):
    acts = {"act": {"sub": str(uuid4())}, "mandate": str(uuid4()), "mandate_scope": ["*"]}
    assert a_verifier().caller(sign(PERSON | acts))
    assert a_verifier().caller(sign(PERSON | office | mandate))

    assert refused(sign(PERSON | acts | office | mandate))


@pytest.mark.parametrize(
    "claims",
    [
        without(SERVICE, "purpose"),
        SERVICE | {"sub": "x"},
        SERVICE | {"request_id": "x"},
        SERVICE | {"request_id": 5},
    ],
)
def test_an_assertion_that_lacks_something_is_refused(claims):
    assert refused(sign(claims, by="requests"))


def test_a_key_that_nobody_knows_signs_for_nobody():
    stranger = jwk.OKPKey.generate_key("Ed25519", {"kid": "identity-2"})

    assert refused(sign(PERSON, key=stranger))


@pytest.mark.parametrize("typ", ["jwt", "JWT", "AT+JWT", "panjareh-receipt+jws", "key+jwt", ""])
def test_a_receipt_document_or_id_token_is_no_access_token(typ):
    assert refused(sign(PERSON, typ=typ))


@pytest.mark.parametrize("typ", ["jwt", "at+jwt", "panjareh-receipt+jws", "key+jwt", ""])
def test_a_service_speaks_for_itself_by_assertions_only(typ):
    assert refused(sign(SERVICE, by="requests", typ=typ))


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "", None, "EdDSA", "HS256", "ES256"])
@pytest.mark.parametrize("keep_signature", [True, False])
def test_the_algorithm_is_not_the_tokens_to_choose(alg, keep_signature):
    _, claims, signature = sign(PERSON).split(".")
    header = encoded({"alg": alg, "kid": "identity-1", "typ": "at+jwt"})

    assert refused(f"{header}.{claims}.{signature if keep_signature else ''}")


@pytest.mark.parametrize("missing", ["alg", "kid", "typ"])
def test_a_header_that_lacks_something_is_refused(missing):
    _, claims, signature = sign(PERSON).split(".")
    whole = {"alg": "Ed25519", "kid": "identity-1", "typ": "at+jwt"}

    assert refused(f"{encoded(without(whole, missing))}.{claims}.{signature}")


def test_a_public_key_is_no_shared_secret():
    header = encoded({"alg": "HS256", "kid": "identity-1", "typ": "at+jwt"})
    signed = f"{header}.{encoded(PERSON)}".encode()
    public = KEYS["identity"]
    guesses = [
        public.as_pem(private=False),
        public.as_der(private=False),
        base64.urlsafe_b64decode(public.as_dict(private=False)["x"] + "="),
        json.dumps(public.as_dict(private=False)).encode(),
    ]

    for secret in guesses:
        mac = hmac.HMAC(secret, hashes.SHA256())
        mac.update(signed)
        assert refused(f"{signed.decode()}.{encoded(mac.finalize())}")


def test_a_key_that_a_token_brings_along_is_not_used():
    public = STRANGER.as_dict(private=False)
    for extra in ({"jwk": public}, {"jku": "https://evil.example/keys"}, {"crit": ["x"], "x": 1}):
        _, claims, signature = sign(PERSON, key=STRANGER).split(".")
        header = encoded({"alg": "Ed25519", "kid": "identity-1", "typ": "at+jwt"} | extra)
        assert refused(f"{header}.{claims}.{signature}")


@pytest.mark.parametrize("payload", [[], "text", 5, None, b"{", b"\xff", b"[" * 3000])
def test_a_payload_that_is_no_object_is_refused(payload):
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    header = {"alg": "Ed25519", "kid": "identity-1", "typ": "at+jwt"}

    assert refused(jws.serialize_compact(header, raw, KEYS["identity"], algorithms=["Ed25519"]))


@pytest.mark.parametrize("header", [[], "text", 5, None, {}, b"{", b"\xff", b"[" * 3000])
def test_a_header_that_is_no_object_is_refused(header):
    _, claims, signature = sign(PERSON).split(".")

    assert refused(f"{encoded(header)}.{claims}.{signature}")


def _mutations(token: str, rng: random.Random):
    """A few hundred tokens that are almost this one."""
    alphabet = string.ascii_letters + string.digits + "-_."
    head, claims, signature = token.split(".")
    places = [place for place in range(len(token)) if token[place] != "."]
    for place in rng.sample(places, 200):
        letter = rng.choice([ch for ch in alphabet if ch != token[place]])
        yield token[:place] + letter + token[place + 1 :]
    for place in rng.sample(places, 60):
        yield token[:place] + token[place + 1 :]
        yield token[:place] + rng.choice(alphabet) + token[place:]
    for name in PERSON:
        for value in (None, 0, "", True, "panjareh", str(uuid4()), NOW * 2):
            changed = PERSON | {name: value}
            if changed != PERSON:
                yield f"{head}.{encoded(changed)}.{signature}"
    for higher in (AssuranceLevel.HIGH, AssuranceLevel.LOW):
        yield f"{head}.{encoded(PERSON | {'acr': higher.acr})}.{signature}"
    yield f"{head}.{encoded(PERSON | {'roles': ['officer'], 'authority': 'police'})}.{signature}"
    yield f"{claims}.{head}.{signature}"
    yield f"{head}.{claims}.{encoded(bytes(64))}"
    other = sign(PERSON | {"sid": "other"}).split(".")
    yield f"{head}.{claims}.{other[2]}"
    yield f"{head}.{other[1]}.{signature}"


def test_of_hundreds_of_tokens_that_are_almost_right_none_is_accepted():
    token, verifier = sign(PERSON), a_verifier()
    mutated = [each for each in _mutations(token, random.Random(7)) if each != token]

    accepted = []
    for each in mutated:
        try:
            verifier.caller(each)
        except NotSignedIn:
            continue
        accepted.append(each)

    assert len(mutated) > 350
    assert accepted == []


def test_a_token_that_is_known_already_is_not_read_again(monkeypatch):
    verifier, token = a_verifier(), sign(PERSON)
    first = verifier.caller(token)
    monkeypatch.setattr(verifier, "_read", lambda *_: pytest.fail("read again"))

    assert verifier.caller(token) == first


def test_a_known_token_still_expires():
    now = [NOW]
    public = [key.as_dict(private=False) for key in KEYS.values()]
    verifier, token = TokenVerifier({"keys": public}, lambda: now[0]), sign(PERSON)
    assert verifier.caller(token)

    now[0] = NOW + 845

    assert refused(token, verifier)


def test_a_known_token_is_refused_once_its_session_has_ended():
    verifier, token = a_verifier(), sign(PERSON)
    assert verifier.caller(token)

    verifier.end_session("a-session", NOW + 900)

    assert refused(token, verifier)


def test_what_is_almost_a_known_token_is_refused():
    token, verifier = sign(PERSON), a_verifier()
    assert verifier.caller(token)

    assert all(
        refused(each, verifier) for each in _mutations(token, random.Random(8)) if each != token
    )


def test_of_very_many_tokens_only_the_newest_are_remembered(monkeypatch):
    monkeypatch.setattr(tokens, "_MOST_KNOWN", 8)
    verifier = a_verifier()
    signed = [sign(PERSON | {"sid": str(number)}) for number in range(20)]
    for token in signed:
        verifier.caller(token)
    read = []
    reads = verifier._read
    monkeypatch.setattr(verifier, "_read", lambda token: read.append(token) or reads(token))

    assert [verifier.caller(token).session for token in reversed(signed)] == [
        str(number) for number in reversed(range(20))
    ]
    assert signed[-1] not in read
    assert set(signed[:10]) < set(read)
