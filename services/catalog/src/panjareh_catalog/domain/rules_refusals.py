"""What is refused about rules."""

from __future__ import annotations

from panjareh_common.refusals import Refusal


class OfficersDecide(Refusal):
    code = "officers_decide"
    message = (
        "No rules decide about the service {service_code}: officers of the authority do. "
        "How it goes stands in its steps."
    )
