"""Every way drafts say no, by name."""

from __future__ import annotations

from panjareh_common.refusals import Kind, Refusal


class DraftOutdated(Refusal):
    code = "draft_outdated"
    kind = Kind.OUTDATED
    message = (
        "This draft was saved in another place after you opened it, and nothing of that was overwritten. "
        "Load the draft again, put in what you changed, and save it."
    )


class DraftGone(Refusal):
    """Said when something is submitted from it: a second time, nothing may be asked for twice."""

    code = "draft_gone"
    message = (
        "There is no such draft of this service any more: it was submitted, deleted, or has expired. "
        "Look at /api/v1/requests before you ask again."
    )


class TooManyDrafts(Refusal):
    code = "too_many_drafts"
    message = (
        "You keep {limit} drafts, which is the most that is kept. "
        "Submit or delete one of them first; they are listed at /api/v1/drafts."
    )
