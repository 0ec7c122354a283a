"""The words of several applicants: who may ask, and whom a request needs besides its first applicant (decision 0040)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from panjareh_common.assurance import AssuranceLevel

JOIN_DAYS = 30
"""In which everybody has to join, where the card says no other number."""
CODE_LASTS = timedelta(hours=72)
"""A joining code is told by voice and used soon; its request's applicant can always have another."""
MOST_INVITATIONS = 20
"""Of one party, so that nobody is bothered without end."""
TRIES, TRIES_WITHIN = 20, timedelta(hours=1)
"""How many codes one person may try in that time."""


class ApplicantKind(StrEnum):
    PERSON = "person"
    ORGANISATION = "organisation"


class PartyState(StrEnum):
    """How far a party has come. Who declined or left may be invited again, or somebody else in their place."""

    AWAITED = "awaited"
    INVITED = "invited"
    DECLINED = "declined"
    LEFT = "left"
    JOINED = "joined"


@dataclass(frozen=True)
class PartyTerms:
    """One party besides the first applicant, as the card has it.

    `form` is what they fill in, `evidence` what is asked about them. Of the first applicant's form they see the
    fields that `sees` names, and of theirs the others see those that `shows` names.
    """

    key: str
    title: Mapping[str, str]
    agrees_to: Mapping[str, str]
    who: tuple[str, ...] = ()
    required_assurance: AssuranceLevel | None = None
    form: Mapping[str, Any] | None = None
    evidence: tuple[str, ...] = ()
    sees: tuple[str, ...] = ()
    shows: tuple[str, ...] = ()


def evidence_of(party: str, evidence_type: str) -> str:
    """How a piece of evidence about a party is called in its request: `buyer.civil_identity`."""
    return f"{party}.{evidence_type}"


def party_of_evidence(name: str) -> tuple[str | None, str]:
    """The party, or None for the first applicant, and the type."""
    party, dot, evidence_type = name.rpartition(".")
    return (party, evidence_type) if dot else (None, name)
