from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from joserfc import jwk

from panjareh_common.assurance import AssuranceLevel
from panjareh_common.refusals import NotSignedIn
from panjareh_common.security import CallerKind, ServiceIdentity, TokenVerifier
from panjareh_common.security.tokens import ACCESS_TOKEN
from panjareh_common.testing.aggregates import then
from panjareh_identity.application.ports import Office
from panjareh_identity.application.tokens import (
    Assisting,
    ClientGrant,
    make_client_token,
    make_token,
)
from panjareh_identity.domain.assurance import Authenticator, Proofing
from panjareh_identity.domain.mandate_values import Acting
from panjareh_identity.domain.session import EndedSession, Session
from panjareh_identity.messaging.translation import PUBLISHED

NOW = datetime(2026, 3, 21, 8, 0, tzinfo=UTC)
KEY = jwk.OKPKey.generate_key("Ed25519", {"kid": "identity-1"})
POLICE = Office("police", ("officer", "publisher"))


def sign(claims):
    return ServiceIdentity("identity", KEY.as_dict(private=True)).sign(claims, ACCESS_TOKEN)


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
        "created_at": NOW - timedelta(minutes=2),
        "last_seen": NOW,
        "expires_at": NOW + timedelta(hours=12),
        "channel": "web",
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

    issuer, claims = a_verifier().claims(body["access_token"], ACCESS_TOKEN)
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


def acting(**changes) -> Acting:
    known = {
        "represented": uuid4(),
        "mandate": uuid4(),
        "scope": ("INET-001",),
        "sid": "an-acting-session",
        "until": NOW + timedelta(days=100),
    }
    return Acting(**known | changes)


def test_who_acts_for_another_is_told_apart_from_whom_they_act_for():
    session, under = a_session(Authenticator.PASSWORD_AND_CODE), acting()

    body = make_token(sign, session, Proofing.CIVIL_REGISTRY, POLICE, NOW, acting=under)

    caller = a_verifier().caller(body["access_token"])
    assert caller.kind is CallerKind.REPRESENTATIVE
    assert (caller.person, caller.doer) == (under.represented, session.person_id)
    assert (caller.mandate, caller.mandate_scope) == (under.mandate, ("INET-001",))
    assert (caller.assurance, caller.auth_time) == (AssuranceLevel.LOW, session.auth_time)
    assert (caller.authority, caller.roles) == (None, ()), "nobody acts for another as an officer"


def test_an_acting_session_ends_alone():
    session, under, verifier = a_session(), acting(), a_verifier()
    own = make_token(sign, session, Proofing.SELF_ASSERTED, None, NOW)["access_token"]
    acts = make_token(sign, session, Proofing.SELF_ASSERTED, None, NOW, acting=under)

    verifier.end_session(under.sid, NOW.timestamp() + 900)

    with pytest.raises(NotSignedIn):
        verifier.caller(acts["access_token"])
    assert verifier.caller(own)


def test_no_acting_token_outlives_its_mandate():
    under = acting(until=NOW + timedelta(minutes=2))

    body = make_token(sign, a_session(), Proofing.SELF_ASSERTED, None, NOW, acting=under)

    assert body["expires_in"] == 120


def test_a_clerk_who_helps_somebody_stays_themself_and_in_office():
    session, helped = a_session(Authenticator.PASSWORD_AND_CODE), Assisting(uuid4(), uuid4())

    body = make_token(sign, session, Proofing.CIVIL_REGISTRY, POLICE, NOW, assisting=helped)

    caller = a_verifier().caller(body["access_token"])
    assert (caller.kind, caller.person) == (CallerKind.OFFICER, session.person_id)
    assert caller.beneficiary == helped.person_id


def test_who_holds_no_office_helps_nobody_at_a_counter():
    helped = Assisting(uuid4(), uuid4())

    body = make_token(sign, a_session(), Proofing.CIVIL_REGISTRY, POLICE, NOW, assisting=helped)

    caller = a_verifier().caller(body["access_token"])
    assert (caller.kind, caller.assisting) == (CallerKind.PERSON, None)


def test_an_office_without_a_role_is_none():
    session = a_session(Authenticator.PASSWORD_AND_CODE)

    body = make_token(sign, session, Proofing.CIVIL_REGISTRY, Office("police", ()), NOW)

    caller = a_verifier().caller(body["access_token"])
    assert (caller.kind, caller.authority) == (CallerKind.PERSON, None)


def test_a_token_for_a_client_names_it_and_what_it_may_do():
    grant = ClientGrant("a-client", ("openid", "requests"))

    body = make_token(sign, a_session(), Proofing.SELF_ASSERTED, None, NOW, client=grant)

    caller = a_verifier().caller(body["access_token"])
    assert (caller.kind, caller.client) == (CallerKind.PERSON, "a-client")
    assert caller.scopes == ("openid", "requests")


def test_an_authoritys_system_gets_a_token_that_names_no_person():
    client = str(uuid4())

    body = make_client_token(
        sign,
        client_id=client,
        sid="of-the-client",
        authority="welfare",
        scopes=("answer",),
        now=NOW,
    )

    caller = a_verifier().caller(body["access_token"])
    assert (caller.kind, caller.client, caller.authority) == (CallerKind.AGENCY, client, "welfare")
    assert (caller.scopes, caller.subject, caller.session) == (("answer",), None, "of-the-client")
    assert body["expires_in"] == 900
