"""Every way the domain of identity says no, by name."""

from __future__ import annotations

from panjareh_common.refusals import Kind, Refusal


class WrongCredentials(Refusal):
    """The same answer for a wrong password and for a person nobody knows."""

    code = "wrong_credentials"
    kind = Kind.UNAUTHENTICATED
    message = "The national id or the password is not right. Check both and try again."


class AlreadyRegistered(Refusal):
    code = "already_registered"
    message = (
        "This national id is registered already. Sign in with the password that you chose then."
    )


class CodeWrong(Refusal):
    code = "code_wrong"
    kind = Kind.INVALID
    message = (
        "The code is not right. Look at the message again; you may try {tries_left} more times."
    )


class CodeExpired(Refusal):
    """No code that could be right: none was sent, or it was used, or three minutes or five tries have gone."""

    code = "code_expired"
    kind = Kind.INVALID
    message = (
        "This code is not valid any more. A code can be used once, within three minutes and five "
        "tries. Ask for a new one."
    )


class TooManyTries(Refusal):
    """`retry_after` becomes the Retry-After header of the HTTP answer."""

    code = "too_many_tries"
    kind = Kind.TOO_MANY
    message = "Too many tries one after the other. Wait {retry_after} seconds and try again."


class MessageNotSent(Refusal):
    code = "message_not_sent"
    kind = Kind.UNAVAILABLE
    message = "The message with your code could not be sent at the moment. Try again in a minute."
    perhaps_sent = False
    """Its carrier had it in hand and did not answer: whoever may not tell twice must not try again."""


class RegistryMismatch(Refusal):
    """Does not tell which field differs: that would let a stranger guess the register field by field."""

    code = "registry_mismatch"
    message = (
        "What you entered when you registered does not match the civil registry. If the registry "
        "is wrong, have it corrected at a civil registry office and then try again."
    )


class NotAlive(Refusal):
    code = "not_alive"
    message = (
        "The civil registry says that the holder of this national id has died. If this is wrong, "
        "go to a civil registry office with your birth certificate."
    )


class NotInRegistry(Refusal):
    code = "not_in_registry"
    message = (
        "The civil registry holds nothing under this national id. "
        "Go to a civil registry office with your birth certificate."
    )


class RegistryRefused(Refusal):
    code = "registry_refused"
    message = (
        "The civil registry does not answer about this national id. "
        "A civil registry office can tell you why."
    )


class RegistryUnavailable(Refusal):
    code = "registry_unavailable"
    kind = Kind.UNAVAILABLE
    message = (
        "The civil registry has not answered yet. "
        "Try again in a minute: you need not enter anything again."
    )
