"""How requests say no about several applicants, and about who may ask."""

from __future__ import annotations

from panjareh_common.refusals import Kind, Refusal


class ForOrganisations(Refusal):
    code = "for_organisations"
    message = (
        "Only an organisation can ask for {service_code}. If you represent one, choose it under "
        "“act for another” and ask in its name."
    )


class ForPersons(Refusal):
    code = "for_persons"
    message = (
        "An organisation cannot ask for {service_code}: it is for persons. Ask in your own name, "
        "or in the name of a person whom you represent."
    )


class UnknownCode(Refusal):
    """Also of a code that was used, replaced or too old: whoever tries codes learns nothing."""

    code = "unknown_joining_code"
    kind = Kind.NOT_FOUND
    message = (
        "There is no open invitation with this code. Look whether you typed all twelve digits. "
        "A code ends after three days and can be used once; whoever invited you can tell you a new one."
    )


class TooManyCodes(Refusal):
    code = "too_many_codes"
    kind = Kind.TOO_MANY
    message = "You tried {most} codes within an hour. Wait an hour, and ask whoever invited you for a new code."


class NoSuchParty(Refusal):
    code = "no_such_party"
    kind = Kind.NOT_FOUND
    message = "Nobody is awaited in this request under that name."


class NobodyAwaited(Refusal):
    code = "nobody_awaited"
    message = "This request does not wait for anybody to join it. Nobody can be invited any more."


class PartyJoinedAlready(Refusal):
    code = "party_joined_already"
    message = (
        "That party has joined this request already, so nobody else is invited in their place."
    )


class TooManyInvitations(Refusal):
    code = "too_many_invitations"
    message = (
        "You have made {most} invitations for this party, and that is the most there can be. "
        "Withdraw the request, and ask again if you still want to."
    )


class OwnInvitation(Refusal):
    code = "own_invitation"
    message = "You are part of this request already. The code is for the one who is to join you."


class JoiningTooLate(Refusal):
    code = "joining_too_late"
    message = (
        "The time in which everybody had to join this request has passed. It can be asked for anew."
    )


class AppealOfAnother(Refusal):
    code = "appeal_of_another"
    message = "Another party of this request made this appeal, and only they can take it back."
