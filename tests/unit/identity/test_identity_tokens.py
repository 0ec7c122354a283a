from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from joserfc import jwk

from panjareh_common.assurance import AssuranceLevel
from panjareh_common.refusals import NotSignedIn
from panjareh_common.security import CallerKind, ServiceIdentity, TokenVerifier
from panjareh_common.testing.aggregates import then
from panjareh_identity.application.ports import Office
from panjareh_identity.application.tokens import make_token
from panjareh_identity.domain.assurance import Authenticator, Proofing
from panjareh_identity.domain.session import EndedSession, Session
from panjareh_identity.messaging.translation import PUBLISHED

NOW = datetime(2026, 3, 21, 8, 0, tzinfo=UTC)
KEY = jwk.OKPKey.generate_key("Ed25519", {"kid": "identity-1"})
POLICE = Office("police", ("officer", "publisher"))


def sign(claims):
    return ServiceIdentity("identity", KEY.as_dict(private=True)).sign(claims, "JWT")


def a_verifier(at: datetime = NOW) -> TokenVerifier:
    return TokenVerifier({"keys": [KEY.as_dict(private=False)]}, at.timestamp)


def a_session(authenticator=Authenticator.PASSWORD, **changes) -> Session:
    amr = ("pwd",) if authenticator is Authenticator.PASSWORD else ("pwd", "otp")
    known = {
        "sid": "a-session",
        "person_id": uuid4(),
        "auth_time": NOW - timedelta(minutes=2),
        "authenticator": authenticator,
        "amr": amr,
        "expires_at": NOW + timedelta(hours=12),
    }
    return Session(**known | changes)


def test_a_token_is_accepted_by_every_service_and_says_who_and_how_surely():
    session = a_session(Authenticator.PASSWORD_AND_CODE)

    body = make_token(sign, session, Proofing.CIVIL_REGISTRY, None, NOW)

    caller = a_verifier().caller(body["access_token"])
    assert caller.kind is CallerKind.PERSON
    assert caller.subject == session.person_id
    assert caller.session == "a-session"
    assert caller.assurance is AssuranceLevel.LOW
    assert caller.auth_time == session.auth_time
    assert (caller.authority, caller.roles) == (None, ())
    assert (body["token_type"], body["expires_in"], body["loa"]) == ("Bearer", 900, 2)


def test_its_claims_are_the_ones_that_were_agreed():
    session = a_session(Authenticator.PASSWORD_AND_CODE)

    body = make_token(sign, session, Proofing.CIVIL_REGISTRY, POLICE, NOW)

    issuer, claims = a_verifier().claims(body["access_token"])
    assert issuer == "identity"
    assert claims == {
        "iss": "identity",
        "aud": "panjareh",
        "sub": str(session.person_id),
        "sid": "a-session",
        "iat": int(NOW.timestamp()),
        "exp": int(NOW.timestamp()) + 900,
        "auth_time": int(session.auth_time.timestamp()),
        "acr": "urn:panjareh:loa:2",
        "amr": ["pwd", "otp"],
        "authority": "police",
        "roles": ["officer", "publisher"],
    }


def test_an_officer_with_two_factors_holds_their_office():
    session = a_session(Authenticator.PASSWORD_AND_CODE)

    body = make_token(sign, session, Proofing.CIVIL_REGISTRY, POLICE, NOW)

    caller = a_verifier().caller(body["access_token"])
    assert caller.kind is CallerKind.OFFICER
    assert caller.office("officer") == "police"


def test_with_a_password_alone_an_officer_is_a_person_like_any_other():
    body = make_token(sign, a_session(), Proofing.CIVIL_REGISTRY, POLICE, NOW)

    caller = a_verifier().caller(body["access_token"])
    assert caller.kind is CallerKind.PERSON
    assert caller.assurance is AssuranceLevel.SELF_ASSERTED
    assert caller.roles == ()


def test_a_token_is_over_after_fifteen_minutes():
    token = make_token(sign, a_session(), Proofing.SELF_ASSERTED, None, NOW)["access_token"]

    with pytest.raises(NotSignedIn):
        a_verifier(NOW + timedelta(minutes=16)).caller(token)


def test_no_token_outlives_its_session():
    session = a_session(expires_at=NOW + timedelta(minutes=4))

    body = make_token(sign, session, Proofing.SELF_ASSERTED, None, NOW)

    assert body["expires_in"] == 240


def test_an_ended_session_is_refused_until_its_last_token_has_run_out():
    session, verifier = a_session(), a_verifier()
    token = make_token(sign, session, Proofing.SELF_ASSERTED, None, NOW)["access_token"]

    [(kind, ended)] = then(EndedSession.end(session, NOW))
    verifier.end_session(ended["session"], ended["expires_at"])

    with pytest.raises(NotSignedIn):
        verifier.caller(token)
    assert kind is EndedSession.Ended
    assert ended["expires_at"] > (NOW + timedelta(minutes=15)).timestamp()


def test_others_hear_which_session_ended_and_nothing_about_whom():
    type_, translate = PUBLISHED[EndedSession.Ended]
    [ended] = EndedSession.end(a_session(), NOW).collect_events()

    assert type_ == "session_ended.v1"
    assert set(translate(ended)) == {"session", "expires_at"}
