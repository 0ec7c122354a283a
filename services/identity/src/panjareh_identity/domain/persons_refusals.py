"""How proofing, contact channels and the lives of accounts say no, by name."""

from __future__ import annotations

from panjareh_common.refusals import Kind, Refusal


class InPersonNeeded(Refusal):
    code = "in_person_needed"
    message = (
        "This account was got back by a weaker proof than it had before, or is an officer's. "
        "To get its old assurance back, book an appointment and come in person."
    )


class MobileNotConfirmed(Refusal):
    code = "mobile_not_confirmed"
    message = "Confirm your mobile number first: ask for a code and enter it."


class MobileNotTheirs(Refusal):
    code = "mobile_not_theirs"
    message = (
        "The mobile registry does not have this number under your id. Use a number that is "
        "registered in your own name, or have the registration corrected by your operator."
    )


class MobileRegistrySilent(Refusal):
    code = "mobile_registry_silent"
    message = (
        "The mobile registry holds nothing about this number or does not answer about it. "
        "You can prove who you are in person instead."
    )


class DeathReported(Refusal):
    """Said only to who has the password."""

    code = "death_reported"
    kind = Kind.FORBIDDEN
    message = (
        "The civil registry has reported the death of this account's holder. If this is wrong, "
        "go to a civil registry office with your birth certificate."
    )


class ChangeNotBegun(Refusal):
    code = "change_not_begun"
    message = "Nothing was begun that this could finish, or its time has passed. Begin again."


class OldNumberNotProved(Refusal):
    code = "old_number_not_proved"
    message = (
        "To change the number, sign in with a code to the old one, choose the proof by the "
        "mobile registry, or prove who you are in person first."
    )


class TimeTaken(Refusal):
    code = "time_taken"
    message = "This time is taken or not offered. Choose another one."


class AppointmentOpen(Refusal):
    code = "appointment_open"
    message = "You have an appointment for this already. Move it or cancel it."


class AppointmentOver(Refusal):
    code = "appointment_over"
    message = "This appointment was kept, missed or cancelled; nothing can be changed about it."


class AppointmentNotYet(Refusal):
    code = "appointment_not_yet"
    message = "This appointment is not due yet; it can be confirmed from fifteen minutes before."


class NotYourself(Refusal):
    code = "not_yourself"
    kind = Kind.FORBIDDEN
    message = "Nobody confirms or assists themself; another officer has to do it."


class PlaceKnown(Refusal):
    code = "place_known"
    message = "There is a place with this code already."


class RecoveryOver(Refusal):
    """One answer for a recovery that is unknown, of nobody, over, or held with another secret."""

    code = "recovery_over"
    message = "This recovery is not open any more, or something in it is not right. Begin again."


class RecoveryCodeWrong(Refusal):
    """The same where no code was sent, because the id is nobody's or nothing is confirmed to send it to."""

    code = "recovery_code_wrong"
    kind = Kind.INVALID
    message = (
        "The code is not right, or not valid any more. Look at the newest message again; a code is "
        "valid for an hour and can be used once."
    )


class ProofMissing(Refusal):
    code = "proof_missing"
    message = "Nothing was proved yet. Enter the code that was sent, or come in person."


class AssistanceOver(Refusal):
    code = "assistance_over"
    message = "This assistance is not open any more. Begin again, with a new code."


class NotDeclared(Refusal):
    code = "not_declared"
    message = "Only a group that you have named yourself can be confirmed."


class NotConfirmable(Refusal):
    code = "not_confirmable"
    message = "No registry can confirm this group; that you have named it is enough."


class RegistryDoesNotConfirm(Refusal):
    code = "registry_does_not_confirm"
    message = "The registry does not confirm it. What you have named yourself stays as it is."


class ProofTooLow(Refusal):
    code = "proof_too_low"
    message = "This needs your identity to have been matched with the civil registry first."


class HoldsOffice(Refusal):
    code = "holds_office"
    message = "Whoever holds an office cannot close the account. Have the office ended first."


class RequestsOpen(Refusal):
    """`requests`: references of those that are still open."""

    code = "requests_open"
    message = (
        "Some of your requests are still open: {requests}. Wait until they are decided, or "
        "withdraw them, and then close the account."
    )
