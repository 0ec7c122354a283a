"""Every way the administration of identity says no, by name."""

from __future__ import annotations

from panjareh_common.refusals import Kind, Refusal


class AdministrationBegun(Refusal):
    """The door of the first administrator opens once, ever."""

    code = "administration_begun"
    message = (
        "The platform had its first administrator before. Others come by those who hold the office."
    )


class NotByList(Refusal):
    """The operators' list appoints no second administrator, and moves none away."""

    code = "not_by_list"
    message = (
        "The platform's own staff is not appointed by a list, nor anybody taken from it by one."
    )


class FourEyesNeeded(Refusal):
    code = "four_eyes_needed"
    kind = Kind.FORBIDDEN
    message = (
        "Whoever asked for a change, or gains by it, cannot confirm it. Another person has to."
    )


class NotForYourself(Refusal):
    code = "not_for_yourself"
    kind = Kind.FORBIDDEN
    message = "You cannot ask for a change of your own roles. Have another person ask for it."


class NotWaiting(Refusal):
    code = "not_waiting"
    message = "This was confirmed or refused before, and stays so."


class ChangeLapsed(Refusal):
    code = "change_lapsed"
    message = "This was asked for more than fourteen days ago. Refuse it, and ask again if it is still right."


class RolesUnfit(Refusal):
    code = "roles_unfit"
    message = (
        "These roles do not go together there: an auditor has no other role, administrators are of "
        "the platform, and officers, supervisors and publishers of an authority."
    )


class NothingChanges(Refusal):
    code = "nothing_changes"
    message = "The person has these roles already, or does not have those that are to be taken."


class OfficeElsewhere(Refusal):
    code = "office_elsewhere"
    message = (
        "This person holds an office in another authority. Have it taken from them there first."
    )


class NoSuchOfficer(Refusal):
    """The same for a person nobody knows and for one who is known too little."""

    code = "no_such_officer"
    message = (
        "There is no person of this id whom the civil registry has confirmed. "
        "Ask them to sign up and to be matched with the registry, and then try again."
    )


class LastAdministrators(Refusal):
    code = "last_administrators"
    message = "The platform needs two administrators. Give the office to another person first."


class AuthorityAsked(Refusal):
    code = "authority_asked"
    message = "This authority is on board already, or waits to be confirmed."


class AuthorityUnknown(Refusal):
    code = "authority_unknown"
    message = "This authority is not on board. Have it asked for and confirmed first."


class ReasonNeeded(Refusal):
    code = "reason_needed"
    kind = Kind.INVALID
    message = "Say why, in a sentence of at least ten letters. It is kept with what you do."
