"""Short messages about somebody's requests: of which kinds they are, and which a person may turn off."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class NoticeGroup(StrEnum):
    """What a person chooses among. Duties are told always: a time begins with them, or a right hangs on them."""

    DUTIES = "duties"
    MESSAGES = "messages"
    REMINDERS = "reminders"
    APPOINTMENTS = "appointments"


OPTIONAL = frozenset(NoticeGroup) - {NoticeGroup.DUTIES}

GROUP_OF: Mapping[str, NoticeGroup] = {
    "decided": NoticeGroup.DUTIES,
    "reopened": NoticeGroup.DUTIES,
    "correction_asked": NoticeGroup.DUTIES,
    "correction_ends": NoticeGroup.REMINDERS,
    "message": NoticeGroup.MESSAGES,
    "appeal_ends": NoticeGroup.REMINDERS,
    "document_revoked": NoticeGroup.DUTIES,
    "appointment_offered": NoticeGroup.DUTIES,
    "appointment_changed": NoticeGroup.DUTIES,
    "appointment_soon": NoticeGroup.APPOINTMENTS,
    "appointment_freed": NoticeGroup.APPOINTMENTS,
    "payment_asked": NoticeGroup.DUTIES,
    "payment_ends": NoticeGroup.REMINDERS,
    "payment_refunded": NoticeGroup.DUTIES,
    "joining_answered": NoticeGroup.MESSAGES,
    "joining_lapsed": NoticeGroup.DUTIES,
    "withdrawn": NoticeGroup.DUTIES,
}
"""By the kind that the service names which tells."""
