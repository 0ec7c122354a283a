"""Every way in which signing in, and changing how one signs in, is refused."""

from __future__ import annotations

from panjareh_common.refusals import Kind, Refusal


class TooManyGuesses(Refusal):
    """The same for known and unknown ids; the owner has ways in that nobody can block (decision 0019)."""

    code = "sign_in_guarded"
    kind = Kind.TOO_MANY
    message = (
        "This has been tried too often from devices that we do not know, so from here it cannot be tried "
        "any more. If it is your account: sign in from a device that you have used before, with a "
        "passkey or your smart national card, or have an unlock code sent to your phone."
    )


class UnlockCodeWrong(Refusal):
    """The same for a wrong code, one that has run out, and a person nobody knows."""

    code = "unlock_code_wrong"
    kind = Kind.INVALID
    message = (
        "The unlock code is not right, or an hour has passed. Look at the message again, or have a "
        "new code sent."
    )


class TicketExpired(Refusal):
    code = "ticket_expired"
    kind = Kind.UNAUTHENTICATED
    message = "Signing in has taken too long. Begin again with your password."


class AppCodeWrong(Refusal):
    """Also for a code that was used before, and for who has no app."""

    code = "app_code_wrong"
    kind = Kind.INVALID
    message = (
        "The code of the authenticator app is not right, or was used already. Wait for the next one, "
        "and see that the clock of your phone is right."
    )


class ChannelNotConfirmed(Refusal):
    code = "channel_not_confirmed"
    message = "There is no confirmed address of this kind in your account to send a code to."


class PasskeyRefused(Refusal):
    """Unknown, damaged, answered too late, or made for another site: no more is told."""

    code = "passkey_refused"
    kind = Kind.UNAUTHENTICATED
    message = "This passkey could not be accepted. Try again, or sign in another way."


class PasskeyTaken(Refusal):
    code = "passkey_taken"
    message = "This passkey has been added already."


class SmartCardRefused(Refusal):
    code = "smart_card_refused"
    kind = Kind.UNAUTHENTICATED
    message = (
        "This smart card could not be accepted: it is not valid, was revoked, or is not bound to an "
        "account. Try again, or sign in another way."
    )


class SmartCardOfAnother(Refusal):
    code = "smart_card_of_another"
    message = "This smart card belongs to another national id than your account."


class SmartCardTaken(Refusal):
    code = "smart_card_taken"
    message = "This smart card is bound to your account already."


class SmartCardsUnavailable(Refusal):
    """Whether a card was revoked cannot be found out now: it is not believed."""

    code = "smart_cards_unavailable"
    kind = Kind.UNAVAILABLE
    message = "Smart cards cannot be checked at the moment. Try again in a minute, or sign in another way."


class StrongerSignInNeeded(Refusal):
    """`needed` and `held` are numbers of Authenticator."""

    code = "stronger_sign_in_needed"
    kind = Kind.FORBIDDEN
    message = (
        "This needs a stronger way of signing in ({needed}) than you have used ({held}). Sign in with "
        "that first: 2 is a one-time code, 3 a passkey, 4 a smart national card."
    )


class SignInAgainFirst(Refusal):
    code = "sign_in_again_first"
    kind = Kind.FORBIDDEN
    message = "You signed in some time ago. Confirm that it is you once more, and then repeat this."


class TooManyAuthenticators(Refusal):
    code = "too_many_authenticators"
    message = "Your account has as many of these as it may have ({most}). Remove one first."


class WrongPassword(Refusal):
    """Of a person who is signed in and changes it."""

    code = "wrong_password"
    kind = Kind.INVALID
    message = "The present password is not right."
