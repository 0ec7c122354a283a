"""Thousands of tokens that somebody else could make, or that were good once: not one is believed."""

from __future__ import annotations

import base64
import hmac
import json
from hashlib import sha256
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from tests.unit.common.minting import (
    BEARERS,
    EC,
    ED,
    NOW,
    PERSON,
    REPRESENTATIVE,
    SERVICE,
    SERVICES,
    SIGN_FOR_PEOPLE,
    SYSTEM,
    a_verifier,
    access_token,
    assertion,
    new_signer,
    statement,
)

from panjareh_common.refusals import NotSignedIn
from panjareh_common.security.keys import ES256, KeyUnfit
from panjareh_common.security.tokens import ACCESS_TOKEN, ASSERTION, Signer

THOUSANDS = settings(
    max_examples=4000, deadline=None, suppress_health_check=list(HealthCheck), database=None
)
HUNDREDS = settings(THOUSANDS, max_examples=500)

VERIFIER = a_verifier()
GENUINE = frozenset(
    [access_token(claims, signer) for claims in BEARERS for signer in SIGN_FOR_PEOPLE]
    + [assertion()]
)
# Whoever forges has keys of their own, under any name; and knows every public one.
STRANGERS = {
    (algorithm, kid): new_signer(kid, algorithm)
    for algorithm in ("Ed25519", ES256)
    for kid in ("identity-1", ED.kid, EC.kid, "requests-1", "identity-deadbeef")
}
PUBLIC = [each.public_key for each in (*SERVICES.values(), ED, EC)]
KIDS = [key["kid"] for key in PUBLIC]
ODD_KIDS = [
    "",
    "identity",
    "identity-",
    "identity-2",
    "../../dev/null",
    "/proc/self/environ",
    "' OR '1'='1",
    "identity-1\0",
    "https://evil.example/jwks.json",
    "identity-00000ED1",
    "IDENTITY-1",
    5,
    None,
    ["identity-1"],
    {"kid": "identity-1"},
]
ALGORITHMS = ["none", "None", "nOnE", "", "HS256", "HS384", "HS512", "RS256", "PS256", "ES256K",
              "ES384", "EdDSA", "Ed448", "dir", None, 0, ["Ed25519"]]  # fmt: skip


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def opened(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def written(value: Any) -> str:
    return b64(value if isinstance(value, bytes) else json.dumps(value).encode())


def believed(token: str) -> bool:
    try:
        VERIFIER.caller(token)
    except NotSignedIn:
        return False
    return True


def test_what_is_forged_from_is_itself_believed():
    """Else the tests below would find nothing whatever was wrong."""
    assert all(believed(token) for token in GENUINE)


genuine = st.sampled_from(sorted(GENUINE))
claim_sets = st.sampled_from([*BEARERS, SERVICE])
junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=5,
)


@st.composite
def headers(draw: st.DrawFn) -> dict[str, Any]:
    header: dict[str, Any] = {
        "alg": draw(st.sampled_from(["Ed25519", ES256, *ALGORITHMS])),
        "kid": draw(st.sampled_from([*KIDS, *ODD_KIDS])),
        "typ": draw(st.sampled_from([ACCESS_TOKEN, ASSERTION, "at+JWT", "JOSE", None])),
    }
    stranger = draw(st.sampled_from(list(STRANGERS.values()))).public_key
    brought = {
        "jwk": stranger,
        "jku": "https://evil.example/keys",
        "x5u": "https://evil.example/cert",
        "x5c": ["MIIB"],
        "crit": ["exp"],
        "b64": False,
        "zip": "DEF",
    }
    for name in draw(st.sets(st.sampled_from(sorted(brought)), max_size=2)):
        header[name] = brought[name]
    return header


@st.composite
def altered(draw: st.DrawFn) -> str:
    """A genuine token with letters changed, added, taken away or put elsewhere."""
    token = draw(genuine)
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(token) - 1))
        letter = draw(st.sampled_from("AZaz09-_.=+/ \n\0é"))
        match draw(st.integers(0, 3)):
            case 0:
                token = token[:place] + letter + token[place + 1 :]
            case 1:
                token = token[:place] + token[place + 1 :]
            case 2:
                token = token[:place] + letter + token[place:]
            case _:
                token = token[place:] + token[:place]
    return token


@st.composite
def reassembled(draw: st.DrawFn) -> str:
    """Parts of several genuine tokens put together."""
    parts = [draw(genuine).split(".")[place] for place in (0, 1, 2)]
    return ".".join(parts)


@st.composite
def rewritten(draw: st.DrawFn) -> str:
    """A genuine signature over something else: higher, later, for another."""
    head, body, signature = draw(genuine).split(".")
    claims = json.loads(opened(body))
    name = draw(st.sampled_from([*claims, "acr", "roles", "authority", "act", "mandate_scope"]))
    value = draw(
        junk
        | st.sampled_from(
            [
                "urn:panjareh:loa:4",
                ["officer", "administrator"],
                "police",
                str(uuid4()),
                NOW * 2,
                ["*"],
            ]
        )
    )
    assume(claims.get(name) != value or name not in claims)
    if draw(st.booleans()):
        head = written(json.loads(opened(head)) | draw(headers()))
    return f"{head}.{written(claims | {name: value})}.{signature}"


@st.composite
def unsigned(draw: st.DrawFn) -> str:
    """Any header, no signature or one of nothing."""
    signature = draw(st.sampled_from(["", b64(bytes(64)), b64(b"\xff" * 64), b64(bytes(32)), "AA"]))
    return f"{written(draw(headers()))}.{written(draw(claim_sets))}.{signature}"


@st.composite
def signed_by_a_stranger(draw: st.DrawFn) -> str:
    """A good signature by a key that is not the one it names."""
    signer = draw(st.sampled_from(list(STRANGERS.values())))
    token = signer.sign(draw(claim_sets), draw(st.sampled_from([ACCESS_TOKEN, ASSERTION])))
    if draw(st.booleans()):
        return token
    return _resigned(signer, draw(headers()), draw(claim_sets))


def _resigned(signer: Signer, header: dict[str, Any], claims: dict[str, Any]) -> str:
    text = f"{written(header)}.{written(claims)}"
    key = signer._key.private_key
    if signer.algorithm == ES256:
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import ec, utils

        r, s = utils.decode_dss_signature(key.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
        return f"{text}.{b64(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"
    return f"{text}.{b64(key.sign(text.encode()))}"


@st.composite
def under_another_name(draw: st.DrawFn) -> str:
    """A good signature by a key of the platform, in the name of another of its keys."""
    signer = draw(st.sampled_from([*SERVICES.values(), ED, EC]))
    kid = draw(st.sampled_from([kid for kid in KIDS if kid != signer.kid]))
    algorithm = draw(st.sampled_from(["Ed25519", ES256]))
    typ = draw(st.sampled_from([ACCESS_TOKEN, ASSERTION]))
    header = {"alg": algorithm, "kid": kid, "typ": typ}
    return _resigned(signer, header, draw(claim_sets))


@st.composite
def with_a_public_key_as_secret(draw: st.DrawFn) -> str:
    """HMAC under whatever form of a public key a verifier might take for a shared secret."""
    signer = draw(st.sampled_from([*SERVICES.values(), ED, EC]))
    key, told = signer._key, signer.public_key
    secret = draw(
        st.sampled_from(
            [
                key.as_pem(private=False),
                key.as_pem(private=False).strip(),
                key.as_der(private=False),
                opened(told["x"]),
                told["x"].encode(),
                json.dumps(told).encode(),
                told["kid"].encode(),
                b"",
            ]
        )
    )
    header = {"alg": "HS256", "kid": told["kid"], "typ": ACCESS_TOKEN}
    text = f"{written(header)}.{written(draw(claim_sets))}"
    return f"{text}.{b64(hmac.digest(secret, text.encode(), sha256))}"


@st.composite
def beyond_its_right(draw: st.DrawFn) -> str:
    """A platform's key, signing well what it has no right to sign."""
    match draw(st.integers(0, 3)):
        case 0:  # a service as identity, as a person, as another service
            signer: Signer = SERVICES[draw(st.sampled_from(["requests", "gateway"]))]
            claims = draw(st.sampled_from(BEARERS))
            return signer.sign(
                claims | {"iss": draw(st.sampled_from(["identity", "requests", "gateway"]))},
                draw(st.sampled_from([ACCESS_TOKEN, ASSERTION])),
            )
        case 1:
            return SERVICES["gateway"].sign(SERVICE, ASSERTION)
        case 2:  # a people's key as identity itself
            return draw(st.sampled_from([ED, EC])).sign(SERVICE | {"iss": "identity"}, ASSERTION)
        case _:  # another thing that identity signs
            typ = draw(st.sampled_from(["JWT", "key+jwt", "panjareh-document+jws", "logout+jwt"]))
            return draw(st.sampled_from(SIGN_FOR_PEOPLE)).sign(draw(st.sampled_from(BEARERS)), typ)


WRONG: dict[str, list[Any]] = {
    "exp": [NOW - 5, NOW - 10**6, 0, -1, None, True, "9999999999", 1e18, [NOW]],
    "aud": [
        "other",
        "",
        None,
        ["panjareh"],
        "PANJAREH",
        "panjareh ",
        {"aud": "panjareh"},
        "a-client",
    ],
    "iss": ["requests", "", None, "identity-1", "https://window/id", ["identity"], "Identity"],
    "sid": ["", None, 5, ["a-session"], {}],
}
OF_A_PERSON: dict[str, list[Any]] = {
    "acr": [None, "", 4, "4", "urn:panjareh:loa:0", "urn:panjareh:loa:5", "URN:PANJAREH:LOA:2",
            "urn:panjareh:loa:02", ["urn:panjareh:loa:4"], "urn:panjareh:loa:2 urn:panjareh:loa:4"],
    "auth_time": [None, "", "now", 1e300, -(10**20), [NOW], {}],
    "sub": [None, "", "leila", 5, ["x"], "00000000"],
    "amr": ["pwd", 5, [None], {"pwd": 1}, [[]]],
    "roles": ["officer", 5, None, [""], [5], {"officer": 1}],
}  # fmt: skip
OF_A_MANDATE: dict[str, list[Any]] = {
    "act": [None, {}, {"sub": None}, {"sub": "x"}, "x", [str(uuid4())],
            {"sub": str(uuid4()), "act": {"sub": str(uuid4())}}, {"sub": REPRESENTATIVE["sub"]}],
    "mandate": [None, "", "x", 5],
    "mandate_scope": [None, [], "", "*", [""], [5], {"*": 1}],
    "roles": [["officer"]],
    "authority": ["police"],
    "assisting": [str(uuid4())],
}  # fmt: skip
OF_A_SYSTEM: dict[str, list[Any]] = {
    "authority": [None, "", 5, ["welfare"]],
    "scope": [None, 5, {}, [5]],
    "client_id": [None, "", "another", 5],
    "sub": ["another", None, 5],
    "acr": ["urn:panjareh:loa:4"],
    "auth_time": [NOW],
    "act": [{"sub": str(uuid4())}],
}


@st.composite
def of_odd_claims(draw: st.DrawFn) -> str:
    """Signed as it should be, by the key that should, and wrong in what it says or leaves out."""
    base, own = draw(
        st.sampled_from(
            [(PERSON, OF_A_PERSON), (REPRESENTATIVE, OF_A_MANDATE), (SYSTEM, OF_A_SYSTEM)]
        )
    )
    wrong = WRONG | own
    name = draw(st.sampled_from(sorted(wrong)))
    optional = {"amr", "roles", "assisting"} | (
        {"acr", "auth_time", "act"} if base is SYSTEM else set()
    )
    if base is REPRESENTATIVE:
        optional |= {"authority"}
    if name in base and name not in optional and draw(st.booleans()):
        claims = {key: value for key, value in base.items() if key != name}
    else:
        claims = base | {name: draw(st.sampled_from(wrong[name]))}
    return access_token(claims, draw(st.sampled_from(SIGN_FOR_PEOPLE)))


FORGERIES = {
    "altered": altered(),
    "reassembled": reassembled(),
    "rewritten": rewritten(),
    "unsigned": unsigned(),
    "signed by a stranger": signed_by_a_stranger(),
    "under another name": under_another_name(),
    "with a public key as secret": with_a_public_key_as_secret(),
    "beyond its right": beyond_its_right(),
    "of odd claims": of_odd_claims(),
}


@THOUSANDS
@given(st.one_of(*FORGERIES.values()))
def test_of_thousands_of_forged_tokens_none_is_believed(token: str) -> None:
    assume(token not in GENUINE)

    assert not believed(token), token


@pytest.mark.parametrize("way", FORGERIES)
def test_no_way_of_forging_works(way: str) -> None:
    """Hundreds of each way, so that none is left out by chance."""

    @HUNDREDS
    @given(FORGERIES[way])
    def tries(token: str) -> None:
        assume(token not in GENUINE)
        assert not believed(token), token

    tries()


@HUNDREDS
@given(st.text() | st.text(alphabet="eyJ.abc-_=", max_size=60) | st.binary().map(b64))
def test_what_is_no_token_at_all_is_told_as_such(token: str) -> None:
    assert not believed(token)


@HUNDREDS
@given(
    st.sampled_from([*SERVICES.values(), ED, EC, *STRANGERS.values()]),
    st.sampled_from(
        ["identity-deadbeef", "identity-1", "requests-1", "identity-DEADBEEF", "x", "", None, 5]
    ),
    st.sampled_from(["identity", "requests", None]),
    st.sampled_from(["key+jwt", "JWT", "at+jwt"]),
)
def test_nobody_but_identitys_own_key_brings_in_a_key(
    by: Signer, kid: Any, issuer: str | None, typ: str
) -> None:
    good = (by, kid, issuer, typ) == (
        SERVICES["identity"],
        "identity-deadbeef",
        "identity",
        "key+jwt",
    )
    verifier, thief = a_verifier(), STRANGERS["Ed25519", "identity-deadbeef"]
    claims = json.loads(opened(statement(thief).split(".")[1])) | {"kid": kid, "iss": issuer}
    token = access_token(PERSON, thief)

    try:
        verifier.trust(verifier.read_statement(by.sign(claims, typ)))
    except (NotSignedIn, KeyUnfit):
        assert not good
    else:
        assert good

    if good:
        assert verifier.caller(token)
        return
    with pytest.raises(NotSignedIn):
        verifier.caller(token)
