"""How requests say no about the work of officers: turns, skills, conflicts of interest, the second pair of eyes."""

from __future__ import annotations

from panjareh_common.refusals import Kind, Refusal


class OutOfOrder(Refusal):
    """Kept with no key, so that the same order may come again with its reason."""

    code = "out_of_order"
    kind = Kind.INVALID
    message = (
        "{ahead} other requests stand ahead of this one. Take the first with POST /agency/v1/queue/next; "
        "or write in out_of_order why this one cannot wait: the applicant and your supervisors will read it."
    )


class SkillMissing(Refusal):
    code = "skill_missing"
    kind = Kind.FORBIDDEN
    message = "This request needs the skill {skill}, which your supervisors have not given you."


class NoSuchOfficer(Refusal):
    code = "not_your_officer"
    kind = Kind.INVALID
    message = "Your authority has no officer with this id. Look at /agency/v1/officers."


class ConflictOfInterest(Refusal):
    code = "conflict_of_interest"
    message = (
        "You are too near to this request: you declared so, or you and its applicant act for each other. "
        "Another officer has to handle it."
    )


class TakeItFirst(Refusal):
    code = "take_it_first"
    kind = Kind.FORBIDDEN
    message = (
        "What people send is read by the officer who reviews it. Start the review of this request, "
        "or take the next one with POST /agency/v1/queue/next."
    )


class NobodyReviews(Refusal):
    code = "nobody_reviews"
    message = "Nobody has started the review of this request, so there is nothing to give back."


class FourEyesNeeded(Refusal):
    code = "second_officer_needed"
    message = (
        "Two officers decide in this service. Propose the decision at /agency/v1/requests, "
        "and a colleague confirms it."
    )


class NoFourEyes(Refusal):
    code = "no_four_eyes"
    message = "One officer decides in this service, so nothing is proposed. Decide the request."


class ProposalWaits(Refusal):
    code = "proposal_waits"
    message = "A decision is proposed and waits for another officer. It has to be confirmed or returned first."


class NothingProposed(Refusal):
    code = "nothing_proposed"
    message = "No decision is proposed in this request at the moment."


class OwnProposal(Refusal):
    code = "own_proposal"
    message = "You proposed this decision yourself. Another officer has to confirm it."


class AlreadyReviewing(Refusal):
    code = "already_reviewing"
    message = "This officer reviews the request already."
