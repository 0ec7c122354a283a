"""What each kind of notice says. It names the request and a time, never the service and never a reason:
a message is read on a locked screen, and by whoever holds the phone.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from panjareh_common.reference import grouped
from panjareh_common.texts import moment_in_words, text
from panjareh_identity.domain.notices import NoticeGroup

_PACKAGE = "panjareh_identity"

WORDS: Mapping[str, str] = {
    "decided": "Panjareh: your request {reference} was decided. Sign in to read the decision and its reasons.",
    "reopened": "Panjareh: the authority looks at your request {reference} again. Sign in to read why.",
    "correction_asked": "Panjareh: something in your request {reference} is to be corrected by {by}. "
    "Sign in to see what.",
    "correction_ends": "Panjareh: the time to correct your request {reference} ends on {by}.",
    "message": "Panjareh: the authority wrote to you about your request {reference}. Sign in to read it.",
    "appeal_ends": "Panjareh: you may appeal against the decision on your request {reference} until {by}.",
    "document_revoked": "Panjareh: a document of your request {reference} was revoked. Sign in to read why.",
    "appointment_offered": "Panjareh: a time is offered to you for your request {reference}. "
    "Sign in and answer by {by}.",
    "appointment_changed": "Panjareh: your appointment for the request {reference} cannot be kept by the "
    "authority. Sign in to choose another time.",
    "appointment_soon": "Panjareh: your appointment for the request {reference} is on {by}.",
    "appointment_freed": "Panjareh: an earlier time for your request {reference} is kept for you until {by}. "
    "Sign in to take it.",
    "payment_asked": "Panjareh: a fee is to be paid for your request {reference} by {by}. "
    "Pay after signing in only.",
    "payment_ends": "Panjareh: the time to pay the fee for your request {reference} ends on {by}.",
    "payment_refunded": "Panjareh: the fee for your request {reference} is paid back.",
    "joining_answered": "Panjareh: somebody whom you invited to your request {reference} has answered. "
    "Sign in to read more.",
    "withdrawn": "Panjareh: the request {reference} was withdrawn by another applicant. Sign in to read more.",
    "joining_lapsed": "Panjareh: your request {reference} ended, because not all who had to join it did. "
    "Sign in to read more.",
}
"""By kind. Persian stands in locale/fa.po."""

_NO_BREAK = "\u00a0"
"""In a Persian line the groups of a number keep their order with it, and not with a plain space."""
_NO_TIME: Mapping[str, str] = {
    "appointment_offered": "Panjareh: a time can be chosen for your request {reference}. Sign in to choose it.",
    "payment_asked": "Panjareh: a fee is to be paid for your request {reference}. Pay after signing in only.",
    "correction_asked": "Panjareh: something in your request {reference} is to be corrected. Sign in to see what.",
}
TITLES: Mapping[NoticeGroup, str] = {
    NoticeGroup.DUTIES: "Decisions, and what I have to do",
    NoticeGroup.MESSAGES: "Messages of officers",
    NoticeGroup.REMINDERS: "Reminders before a time ends",
    NoticeGroup.APPOINTMENTS: "Reminders of appointments",
}


def said(kind: str, reference: str, by: datetime | None, language: str) -> str:
    """The message in a language, with its moment by that language's calendar."""
    words = WORDS[kind] if by is not None else _NO_TIME.get(kind, WORDS[kind])
    when = "" if by is None else moment_in_words(by, language)
    number = grouped(reference).replace(" ", _NO_BREAK)
    return text(_PACKAGE, words, language, reference=number, by=when)


def title(group: NoticeGroup, language: str) -> str:
    return text(_PACKAGE, TITLES[group], language)
