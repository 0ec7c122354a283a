"""The service's key is changed: what the old one signed is checked as before, and a stolen one is believed no more."""

from __future__ import annotations

import json
from typing import Any

import jwt
import pytest
from joserfc import jwk, jws
from tests.unit.requests.test_printing_and_credentials import (
    AT,
    DOCUMENT,
    KEY,
    PRIVATE,
    PUBLIC,
    WINDOW,
)

from panjareh_common.refusals import NotSignedIn
from panjareh_common.security import ServiceIdentity, TokenVerifier
from panjareh_common.transparency.heads import HEAD_TYP
from panjareh_requests.adapters.credentials import Credentials

NEW = dict(jwk.OKPKey.generate_key("Ed25519").as_dict(private=True)) | {"kid": "requests-2"}
OLD_IDENTITY, NEW_IDENTITY = ServiceIdentity("requests", PRIVATE), ServiceIdentity("requests", NEW)
BOTH = [PUBLIC, NEW_IDENTITY.public_key]
BEFORE = Credentials(WINDOW, OLD_IDENTITY, [PUBLIC])
AFTER = Credentials(WINDOW, NEW_IDENTITY, BOTH)


def opened(token: str, by: Credentials) -> tuple[str, Any]:
    """As a stranger: with nothing but what the issuer says of itself."""
    kid = jwt.get_unverified_header(token)["kid"]
    methods = {each["id"]: each for each in by.did_document()["verificationMethod"]}
    key = jwk.OKPKey.import_key(methods[kid]["publicKeyJwk"])
    return kid, json.loads(jws.deserialize_compact(token, key, algorithms=["Ed25519"]).payload)


def test_a_document_of_the_old_key_is_checked_with_what_the_issuer_says_today() -> None:
    credential = BEFORE.credential(DOCUMENT)

    kid, said = opened(credential, AFTER)

    assert kid.endswith("requests-1")
    assert said == opened(BEFORE.credential(DOCUMENT), BEFORE)[1]


def test_what_is_issued_and_revoked_from_then_on_is_signed_with_the_new_one() -> None:
    for token in (AFTER.credential(DOCUMENT), AFTER.status_list(1, [5], AT)):
        kid, _ = opened(token, AFTER)
        assert kid.endswith("requests-2")


@pytest.mark.parametrize("typ", ["panjareh-receipt+jws", "panjareh-document+jws", HEAD_TYP])
def test_receipts_and_tree_heads_of_the_old_key_stay_verifiable(typ: str) -> None:
    token = OLD_IDENTITY.sign({"of": "submission"}, typ)

    kid = jwt.get_unverified_header(token)["kid"]
    key = {each["kid"]: each for each in BOTH}[kid]
    checked = jws.deserialize_compact(token, jwk.OKPKey.import_key(key), algorithms=["Ed25519"])

    assert json.loads(checked.payload)["of"] == "submission"


def test_an_assertion_that_is_under_way_while_keys_change_is_believed() -> None:
    before, after = TokenVerifier({"keys": [PUBLIC]}), TokenVerifier({"keys": BOTH})
    old, new = (each.assertion(purpose="notice") for each in (OLD_IDENTITY, NEW_IDENTITY))

    assert {after.caller(token).service for token in (old, new)} == {"requests"}
    with pytest.raises(NotSignedIn):
        before.caller(new)


def test_a_key_that_was_taken_out_because_it_was_stolen_signs_for_nobody() -> None:
    without = TokenVerifier({"keys": [NEW_IDENTITY.public_key]})
    alone = Credentials(WINDOW, NEW_IDENTITY, [NEW_IDENTITY.public_key])

    with pytest.raises(NotSignedIn):
        without.caller(OLD_IDENTITY.assertion(purpose="notice"))
    with pytest.raises(KeyError):
        opened(BEFORE.credential(DOCUMENT), alone)
    assert KEY.as_dict(private=True)["d"] not in json.dumps(AFTER.did_document())
