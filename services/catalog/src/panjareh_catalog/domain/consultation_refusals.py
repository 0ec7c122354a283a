"""Why a consultation or an opinion cannot go the way that was asked for."""

from __future__ import annotations

from panjareh_common.refusals import Kind, Refusal


class UnknownConsultation(Refusal):
    code = "unknown_consultation"
    kind = Kind.NOT_FOUND
    message = "There is no such consultation. Look at /api/v1/consultations."


class ConsultationEndUnfit(Refusal):
    code = "consultation_end_unfit"
    kind = Kind.INVALID
    message = "A consultation ends after now and within {days} days. Name another end."


class ConsultationNotShortened(Refusal):
    code = "consultation_not_shortened"
    kind = Kind.INVALID
    message = "People have been told that they have until {until}. Name a later end, or leave it."


class ConsultationClosed(Refusal):
    code = "consultation_closed"
    message = "This consultation has been closed. How its opinions were used can be read with it."


class ConsultationOver(Refusal):
    code = "consultation_over"
    message = "Opinions were taken until {until}. What becomes of them will be published with the consultation."


class ConsultationUnderWay(Refusal):
    code = "consultation_under_way"
    message = (
        "People may give and change their opinions until {until}. Decide about them after that."
    )


class OutcomesGiven(Refusal):
    code = "outcomes_given"
    message = "Some opinions have an outcome already, so nobody can change theirs any more. Decide about the others."


class OpinionsUndecided(Refusal):
    code = "opinions_undecided"
    message = "{count} opinions have no outcome yet. Say of each how it was used, with the reason, and publish then."


class OutcomesOutdated(Refusal):
    code = "outcomes_outdated"
    message = (
        "The draft has changed since some opinions were called applied, and {pointer} is no longer among "
        "its changes. Change the draft, or the outcome of these opinions."
    )


class OutcomePointsNowhere(Refusal):
    code = "outcome_points_nowhere"
    kind = Kind.INVALID
    message = (
        "{pointer} is not among the changes of the draft, version {drafted}, since version {consulted}, "
        "which people saw. Save a draft that has the change, then name it."
    )


class OutcomeNeedsChange(Refusal):
    code = "outcome_needs_change"
    kind = Kind.INVALID
    message = (
        "An opinion that was applied, in full or in part, names at least one change that it led to."
    )


class RefusalNamesChange(Refusal):
    code = "refusal_names_change"
    kind = Kind.INVALID
    message = "An opinion that was refused led to no change. Name none, or call it partly applied."


class OpinionEmpty(Refusal):
    code = "opinion_empty"
    kind = Kind.INVALID
    message = "Answer at least one question, or write what you think in your own words."


class OpinionNamesPerson(Refusal):
    code = "opinion_names_person"
    kind = Kind.INVALID
    message = (
        "Opinions are published without saying whose they are, and this one holds a number or an address "
        "by which you can be found. Take it out and send it again."
    )


class UnknownQuestion(Refusal):
    code = "unknown_question"
    kind = Kind.INVALID
    message = "This consultation has no question {question}. Look at its questions."


class TooManyOpinions(Refusal):
    """`retry_after` becomes the Retry-After header of the HTTP answer."""

    code = "too_many_opinions"
    kind = Kind.TOO_MANY
    message = (
        "You have written often within a short time. Wait {retry_after} seconds and send it again."
    )
