"""Signing in and stepping up, and what a person signs in with."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema

from panjareh_gateway.api import shapes_identity_authenticators as shapes
from panjareh_gateway.operations import Access, Operation, Status

_SESSIONS, _MINE = "/api/v1/sessions", "/api/v1/authenticators"


def _at(
    path: str,
    call: str,
    summary: str,
    gives: type[Schema] | None,
    body: type[Schema] | None = None,
    *,
    access: Access = Access.SIGNED_IN,
    status: Status = 200,
    statuses: tuple[int, ...] = (),
) -> Operation:
    return Operation(
        "POST",
        path,
        "identity",
        call,
        summary,
        "identity",
        gives=gives,
        body=body,
        access=access,
        status=status,
        statuses=statuses,
    )


def _begun(answer: Any) -> int:
    return 202 if "ticket" in answer else 201


_HALVES = (201, 202)

SIGNING_IN = (
    _at(
        _SESSIONS,
        "sign_in",
        "Sign in",
        shapes.SignedIn,
        shapes.SignIn,
        access=Access.OPEN,
        status=_begun,
        statuses=_HALVES,
    ),
    _at(
        f"{_SESSIONS}/second-factor",
        "finish_sign_in",
        "Sign in: the second half, by a code",
        shapes.SignedIn,
        shapes.FinishSignIn,
        access=Access.OPEN,
        status=_begun,
        statuses=_HALVES,
    ),
    _at(
        f"{_SESSIONS}/passkey-challenge",
        "passkey_challenge",
        "Begin to sign in, or to step up, with a passkey",
        shapes.Passkey,
        access=Access.OPEN,
    ),
    _at(
        f"{_SESSIONS}/passkey",
        "sign_in_with_passkey",
        "Sign in with a passkey",
        shapes.Token,
        shapes.WithPasskey,
        status=201,
        access=Access.OPEN,
    ),
    _at(
        f"{_SESSIONS}/smart-card-challenge",
        "smart_card_challenge",
        "Begin to sign in, to step up with or to bind a smart national card",
        shapes.Challenge,
        access=Access.OPEN,
    ),
    _at(
        f"{_SESSIONS}/smart-card",
        "sign_in_with_smart_card",
        "Sign in with a smart national card",
        shapes.Token,
        shapes.WithSmartCard,
        status=201,
        access=Access.OPEN,
    ),
    _at(
        f"{_SESSIONS}/unlock-codes",
        "send_unlock_code",
        "Have an unlock code sent, when others have tried the password too often",
        None,
        shapes.AskUnlockCode,
        status=204,
        access=Access.OPEN,
    ),
    _at(
        f"{_SESSIONS}/known-devices",
        "use_unlock_code",
        "Make this device known with an unlock code",
        shapes.KnownDevice,
        shapes.UseUnlockCode,
        status=201,
        access=Access.OPEN,
    ),
    _at(
        f"{_SESSIONS}/step-up",
        "step_up",
        "Raise the assurance of this session",
        shapes.SteppedUp,
        shapes.StepUp,
        status=lambda answer: 202 if "sent_to" in answer else 200,
        statuses=(200, 202),
    ),
)

AUTHENTICATORS = (
    Operation(
        "GET",
        _MINE,
        "identity",
        "list_authenticators",
        "What I sign in with",
        "identity",
        gives=shapes.Authenticators,
    ),
    _at(f"{_MINE}/totp", "add_totp", "Begin to add an authenticator app", shapes.TotpSeed),
    _at(
        f"{_MINE}/totp/confirmation",
        "confirm_totp",
        "Add the authenticator app: it shows this code",
        shapes.Added,
        shapes.ConfirmTotp,
        status=201,
    ),
    _at(
        f"{_MINE}/passkey-challenge",
        "begin_passkey",
        "Begin to add a passkey",
        shapes.Passkey,
    ),
    _at(
        f"{_MINE}/passkeys",
        "finish_passkey",
        "Add a passkey",
        shapes.Added,
        shapes.AddPasskey,
        status=201,
    ),
    _at(
        f"{_MINE}/smart-cards",
        "bind_smart_card",
        "Bind my smart national card",
        shapes.Added,
        shapes.BindSmartCard,
        status=201,
    ),
    Operation(
        "DELETE",
        f"{_MINE}/{{authenticator_id}}",
        "identity",
        "remove_authenticator",
        "Remove one",
        "identity",
        gives=None,
        status=204,
    ),
    _at(
        "/api/v1/password",
        "change_password",
        "Choose a new password",
        None,
        shapes.ChangePassword,
        status=204,
    ),
)
