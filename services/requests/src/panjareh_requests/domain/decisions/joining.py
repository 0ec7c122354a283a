"""Several applicants on one request: the others are invited, join or decline, and then all of them are asked about.

The first applicant has no key; the others have the one of the card, such as `buyer`. Each one's personal data are
sealed under their own key (docs/decisions/0040).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from panjareh_common.assurance import AssuranceLevel
from panjareh_common.event_store import Owners
from panjareh_common.refusals import AssuranceTooLow
from panjareh_requests.domain.joining import (
    CODE_LASTS,
    MOST_INVITATIONS,
    ApplicantKind,
    PartyState,
    PartyTerms,
    party_of_evidence,
)
from panjareh_requests.domain.refusals_joining import (
    ForOrganisations,
    ForPersons,
    JoiningTooLate,
    NobodyAwaited,
    NoSuchParty,
    OwnInvitation,
    PartyJoinedAlready,
    TooManyInvitations,
)
from panjareh_requests.domain.values import RequestStatus, ServiceTerms

if TYPE_CHECKING:
    from panjareh_requests.domain.service_request import ServiceRequest


def must_be_for(who: Sequence[str], kind: ApplicantKind, service_code: str) -> None:
    """Raises ForOrganisations, ForPersons. A card that says nothing is for anybody."""
    if not who or kind in who:
        return
    if kind is ApplicantKind.PERSON:
        raise ForOrganisations(service_code=service_code)
    raise ForPersons(service_code=service_code)


class Joining:
    """Those whom a request needs besides its first applicant."""

    @property
    def joined(self: ServiceRequest) -> dict[str, UUID]:
        """Who has joined, by the key of their party."""
        return {
            key: party["person_id"]
            for key, party in self.parties.items()
            if party["state"] == PartyState.JOINED
        }

    @property
    def persons(self: ServiceRequest) -> dict[str | None, UUID]:
        """Everybody, the first applicant first; none of an imported case."""
        if self.applicant_id is None:
            return {}
        first: dict[str | None, UUID] = {None: self.applicant_id}
        return first | self.joined

    @property
    def awaited(self: ServiceRequest) -> list[str]:
        """The parties that have not joined."""
        return [k for k, party in self.parties.items() if party["state"] != PartyState.JOINED]

    def role_of(self: ServiceRequest, person_id: UUID) -> str | None:
        """The key of a person's party; None of the first applicant. Raises KeyError for anybody else."""
        return {person: key for key, person in self.persons.items()}[person_id]

    def await_parties(self: ServiceRequest, terms: ServiceTerms, at: datetime) -> datetime | None:
        """Waits for the other parties of the card, said once; until when, or None where nobody is awaited."""
        if not terms.parties or self.parties:
            return None
        join_by = at + timedelta(days=terms.join_days)
        self.trigger_event(
            self.PartiesAwaited,
            timestamp=at,
            parties=[party.key for party in terms.parties],
            join_by=join_by,
        )
        return join_by

    def invite(self: ServiceRequest, party: str, calls_self: str, at: datetime) -> int:
        """Opens an invitation, in place of any earlier one of that party; gives its number.

        `calls_self`: how the applicant calls themself towards whom they invite. Raises NoSuchParty, NobodyAwaited,
        PartyJoinedAlready, TooManyInvitations.
        """
        self._must_be_awaiting(at)
        known = self.parties.get(party)
        if known is None:
            raise NoSuchParty()
        if known["state"] == PartyState.JOINED:
            raise PartyJoinedAlready()
        if known["invitation"] >= MOST_INVITATIONS:
            raise TooManyInvitations(most=MOST_INVITATIONS)
        assert self.join_by is not None
        number: int = known["invitation"] + 1
        self.trigger_event(
            self.PartyInvited if number == 1 else self.InvitationRenewed,
            timestamp=at,
            party=party,
            invitation=number,
            expires_at=min(at + CODE_LASTS, self.join_by),
            calls_self=calls_self.strip(),
        )
        return number

    def must_be_open(
        self: ServiceRequest, party: str, invitation: int, person_id: UUID, at: datetime
    ) -> None:
        """Raises NoSuchParty for an invitation that holds no more, NobodyAwaited, JoiningTooLate, OwnInvitation."""
        self._must_be_awaiting(at)
        known = self.parties.get(party)
        if known is None or known["state"] != PartyState.INVITED:
            raise NoSuchParty()
        if known["invitation"] != invitation or at >= known["expires_at"]:
            raise NoSuchParty()
        if person_id in self.person_ids:
            raise OwnInvitation()

    def join(
        self: ServiceRequest,
        terms: PartyTerms,
        invitation: int,
        *,
        person_id: UUID,
        kind: ApplicantKind,
        assurance: AssuranceLevel,
        required: AssuranceLevel,
        channel: str,
        form: Mapping[str, Any],
        at: datetime,
    ) -> None:
        """Takes their place; the form was checked against the card's before.

        Raises what `must_be_open` raises, ForOrganisations, ForPersons, AssuranceTooLow.
        """
        self.must_be_open(terms.key, invitation, person_id, at)
        must_be_for(terms.who, kind, self.service_code)
        if assurance < required:
            raise AssuranceTooLow(required=int(required), held=int(assurance))
        self.trigger_event(
            self.PartyJoined,
            timestamp=at,
            party=terms.key,
            joiner_id=person_id,
            kind=str(kind),
            assurance=int(assurance),
            channel=channel,
            form=dict(form),
        )

    def decline(
        self: ServiceRequest,
        party: str,
        invitation: int,
        *,
        person_id: UUID,
        reason: str,
        at: datetime,
    ) -> None:
        """The invited does not want to join; no reason is owed. Raises what `must_be_open` raises."""
        self.must_be_open(party, invitation, person_id, at)
        self.trigger_event(
            self.PartyDeclined,
            timestamp=at,
            party=party,
            decliner_id=person_id,
            reason=reason.strip(),
        )

    def leave(self: ServiceRequest, party: str, reason: str, at: datetime) -> None:
        """While others are still awaited who joined may step back, and their place is open again."""
        self.trigger_event(
            self.PartyLeft,
            timestamp=at,
            party=party,
            leaver_id=self.joined[party],
            reason=reason.strip(),
        )

    def lapse_joining(self: ServiceRequest, at: datetime) -> bool:
        """Ends the request where not everybody has joined in time; False where it is not yet.

        Nothing happens to one that waits for nobody any more.
        """
        if not self.is_awaiting_parties:
            return True
        assert self.join_by is not None
        if at < self.join_by:
            return False
        self.trigger_event(self.JoiningLapsed, timestamp=at)
        self.owe_refunds(at)
        return True

    @property
    def is_awaiting_parties(self: ServiceRequest) -> bool:
        """The request waits for somebody to join, and not for a correction."""
        waiting = self.status is RequestStatus.AWAITING_APPLICANT and self.answer_by is None
        return waiting and bool(self.awaited)

    def _must_be_awaiting(self: ServiceRequest, at: datetime) -> None:
        if not self.is_awaiting_parties or self.join_by is None:
            raise NobodyAwaited()
        if at >= self.join_by:
            raise JoiningTooLate()

    # Whose data

    @property
    def person_ids(self: ServiceRequest) -> frozenset[UUID]:
        return frozenset(self.persons.values())

    def owners_of(self: ServiceRequest, event: Any) -> Mapping[str, Owners]:
        """A party's own data are theirs; a reason is everybody's; what rules looked at is about all of them at once."""
        for kind, whose, field in (
            (self.PartyJoined, "joiner_id", "form"),
            (self.PartyDeclined, "decliner_id", "reason"),
            (self.PartyLeft, "leaver_id", "reason"),
        ):
            if isinstance(event, kind):
                return {field: Owners.one(getattr(event, whose))}
        return self._owners_of_several(event) if self.joined else {}

    def _owners_of_several(self: ServiceRequest, event: Any) -> Mapping[str, Owners]:
        everybody = tuple(self.persons.values())
        if isinstance(event, self.Decided):
            return {"reason": Owners(everybody, each=True), "inputs": Owners(everybody)}
        if isinstance(event, self.Reopened):
            return {"reason": Owners(everybody, each=True)}
        if isinstance(event, self.EvidenceReceived | self.EvidenceMissing):
            party, _ = party_of_evidence(event.evidence_type)
            return self._all_of("facts", "reason", party=party)
        if isinstance(event, self.AppealWithdrawn):
            return self._all_of("reason", party=self.appellant)
        if isinstance(event, self.SentBack | self.Corrected | self.Withdrawn | self.Appealed):
            return self._all_of("asks", "fields", "form", "reason", "grounds", party=event.party)
        return {}

    def _all_of(self: ServiceRequest, *fields: str, party: str | None) -> Mapping[str, Owners]:
        owner = self.joined.get(party) if party is not None else None
        return dict.fromkeys(fields, Owners.one(owner)) if owner is not None else {}
