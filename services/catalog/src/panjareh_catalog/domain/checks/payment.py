"""How a fee is taken fits the card: there is a fee, a document where it is to wait for one, and who is exempt is known then."""

from __future__ import annotations

from collections.abc import Iterator

from panjareh_catalog.domain.checks.rules import is_known
from panjareh_catalog.domain.known import Known
from panjareh_catalog.domain.values import Card, Fault

_BEFORE_REVIEW = "before_review"


def faults(card: Card, known: Known) -> Iterator[Fault]:
    payment = card.get("payment")
    if not payment:
        return
    if not card["fee"]["amount"]:
        yield Fault("/payment", "There is no fee to be paid: leave `payment` out, or name the fee.")
    before_review = payment["when"] == _BEFORE_REVIEW
    if not before_review and not card.get("output"):
        yield Fault(
            "/payment/when",
            "The fee is to be paid before the document is issued, and this service issues none.",
        )
    for place, exemption in enumerate(payment.get("exempt") or []):
        name = exemption["from"]
        pointer = f"/payment/exempt/{place}/from"
        if not is_known(name, card, known):
            yield Fault(
                pointer,
                "The exemption looks at {name}, which is neither a fact of evidence that this service "
                "asks for, nor a field of its form (form.…).",
                {"name": name},
            )
        elif before_review and not name.startswith(("form.", "applicant.", "request.")):
            yield Fault(
                pointer,
                "The exemption looks at {name}, which nobody has asked for yet when the fee is due. Take the "
                "fee before the document is issued, or look at the form.",
                {"name": name},
            )
