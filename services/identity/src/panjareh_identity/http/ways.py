"""The ways to sign in or to step up that the pages offer; each has a page of its own."""

from __future__ import annotations

from dataclasses import dataclass

from panjareh_identity.domain.assurance import Authenticator


@dataclass(frozen=True)
class Way:
    """`label` and `hint` are English, for translation. `enrolled`: what a person must have to be offered it.

    A way to step up is begun by a form where `begin_by_post` (a code is sent), by a link otherwise.
    """

    key: str
    path: str
    label: str
    hint: str
    authenticator: Authenticator
    for_sign_in: bool = False
    for_step_up: bool = True
    enrolled: str | None = None
    begin_by_post: bool = False


WAYS: tuple[Way, ...] = (
    Way(
        "sms",
        "/step-up/send",
        "Send me a code by text message",
        "To the mobile number that you have given us.",
        Authenticator.PASSWORD_AND_CODE,
        begin_by_post=True,
    ),
    Way(
        "email",
        "/step-up/send",
        "Send me a code by e-mail",
        "To the e-mail address that you have confirmed.",
        Authenticator.PASSWORD_AND_CODE,
        enrolled="email",
        begin_by_post=True,
    ),
    Way(
        "totp",
        "/step-up/app",
        "Use a code of my authenticator app",
        "The six digits that the app shows now.",
        Authenticator.PASSWORD_AND_CODE,
        enrolled="totp",
    ),
    Way(
        "passkey",
        "/sign-in/passkey",
        "Sign in with a passkey",
        "Without a national id and without a password.",
        Authenticator.PASSKEY,
        for_sign_in=True,
        for_step_up=False,
    ),
    Way(
        "passkey",
        "/step-up/passkey",
        "Use my passkey",
        "Your device asks for your finger, your face or its PIN.",
        Authenticator.PASSKEY,
        enrolled="passkey",
    ),
    Way(
        "smart_card",
        "/sign-in/smart-card",
        "Sign in with the smart national card",
        "With the program that came with your card and its reader.",
        Authenticator.SMART_CARD,
        for_sign_in=True,
        for_step_up=False,
    ),
    Way(
        "smart_card",
        "/step-up/smart-card",
        "Use my smart national card",
        "With the program that came with your card and its reader.",
        Authenticator.SMART_CARD,
        enrolled="smart_card",
    ),
)


def sign_in_ways() -> list[Way]:
    return [way for way in WAYS if way.for_sign_in]


def step_up_ways(needed: Authenticator, enrolled: frozenset[str]) -> list[Way]:
    """Those that are strong enough and that the person has, the strongest last."""
    fitting = [way for way in WAYS if way.for_step_up and way.authenticator >= needed]
    return [way for way in fitting if way.enrolled is None or way.enrolled in enrolled]
