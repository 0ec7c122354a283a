"""Paying a fee: tries at a payment provider, how each ended, and what goes back (docs/decisions/0039).

Nothing here asks the provider while a unit of work is open. Every question is a stored wait that the clock
process does; each may be asked twice, and any process may die at any line: what was paid is found by asking
the provider, whatever became of the browser that was to tell us.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import structlog

from panjareh_common.clock import to_wire
from panjareh_common.due import Due
from panjareh_common.event_store import EventLog, UnitOfWork
from panjareh_common.idempotency import Answer
from panjareh_common.refusals import NotFound
from panjareh_requests.application.ending import conclude
from panjareh_requests.application.going_on import go_on
from panjareh_requests.application.handling import SELF, Asked, Handling, by_itself
from panjareh_requests.application.ports import Documents, Terms
from panjareh_requests.application.requests import issue, terms_of
from panjareh_requests.domain.payment import Attempt, AttemptState, FailedBecause
from panjareh_requests.domain.refusals_payment import PaymentNotReady, PaymentsNotTaken
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.domain.values import RequestStatus

log = structlog.get_logger(__name__)

KIND_OPEN, KIND_SETTLE = "open_payment", "settle_payment"
KIND_LAPSE, KIND_REFUND = "end_payment_time", "refund_payment"


@dataclass(frozen=True)
class PayRequest:
    request_id: UUID

    def fingerprint(self) -> dict[str, Any]:
        return {"request_id": str(self.request_id)}


@dataclass(frozen=True)
class OpenedOrder:
    """A provider's page where a person pays, until when."""

    page_url: str
    expires_at: datetime


@dataclass(frozen=True)
class OrderState:
    """How an order stands at the provider: open, paid (and settled or not), or ended `because` of something."""

    paid: bool
    amount: int
    because: FailedBecause | None = None


class PaymentProvider(Protocol):
    """Who takes money from people, and gives it back. All may raise Unavailable; all may be asked twice."""

    def open(self, payment_id: UUID, amount: int, currency: str, come_back_to: str) -> OpenedOrder:
        """The order under our number; the same one where it was opened before."""
        ...

    def look(self, payment_id: UUID) -> OrderState: ...

    def settle(self, payment_id: UUID, amount: int) -> str | None:
        """Confirms that the money is ours; gives the tracking code. None where it cannot be had any more."""
        ...

    def refund(self, payment_id: UUID, amount: int) -> str:
        """Gives back what was settled; gives the tracking code."""
        ...


class PaymentRows(Protocol):
    """Tries of paying; written in the commit of what they are about."""

    def find(self, unit: UnitOfWork, payment_id: UUID) -> Attempt | None: ...

    def live(self, unit: UnitOfWork, request_id: UUID) -> Attempt | None:
        """The try of a request of which nobody knows yet how it ends."""
        ...

    def begin(self, unit: UnitOfWork, request: ServiceRequest) -> None:
        """Adds the next try of a request; nothing where it is there already."""
        ...

    def opened(self, unit: UnitOfWork, payment_id: UUID, order: OpenedOrder) -> None: ...

    def failed(self, unit: UnitOfWork, payment_id: UUID, because: FailedBecause) -> None: ...


class Payments:
    """`window` is its public address. Without a `provider` nothing can be paid."""

    def __init__(
        self,
        log: EventLog,
        handling: Handling,
        terms: Terms,
        documents: Documents,
        *,
        rows: PaymentRows,
        provider: PaymentProvider | None,
        window: str,
    ) -> None:
        self._log = log
        self._handling = handling
        self._terms = terms
        self._documents = documents
        self._rows = rows
        self._provider = provider
        self._window = window

    def handlers(self) -> dict[str, Callable[[Due], None]]:
        return {
            KIND_OPEN: self.open,
            KIND_SETTLE: self.settle,
            KIND_LAPSE: self.lapse,
            KIND_REFUND: self.refund,
        }

    # People

    def pay(self, command: PayRequest, asked: Asked) -> Answer:
        """Begins a try, or gives the one that is under way. Raises NotFound, NothingToPay, PaymentTooLate,
        PaymentsNotTaken.
        """

        def work(unit: UnitOfWork) -> Answer:
            request = self._handling.of_applicant(unit, command.request_id, asked.caller)
            request.must_be_payable(unit.now)
            if self._provider is None:
                raise PaymentsNotTaken()
            assert request.pay_by is not None
            payment_id = request.payment_id
            if self._rows.find(unit, payment_id) is None:
                self._rows.begin(unit, request)
                unit.wait_until(unit.now, KIND_OPEN, request.id, str(payment_id))
            return {
                "payment_id": str(payment_id),
                "pay_at": self.page_of(payment_id),
                "amount": request.fee,
                "currency": request.currency,
                "until": to_wire(request.pay_by),
            }

        return self._handling.once(asked, "pay", command.fingerprint(), work)

    def page_of(self, payment_id: UUID) -> str:
        """Our own page, which leads on to the provider's as soon as there is one."""
        return f"{self._window}/pay/{payment_id}"

    def come_by(self, payment_id: UUID, *, returned: bool) -> dict[str, Any]:
        """Whoever has the number of a try learns how it stands, and nothing else. Raises NotFound.

        One who comes back from the provider, or too late, has it asked at once. What they bring is not believed.
        """

        def work(unit: UnitOfWork) -> dict[str, Any]:
            attempt = self._rows.find(unit, payment_id)
            if attempt is None:
                raise NotFound()
            is_open = attempt.state is AttemptState.OPEN
            over = attempt.expires_at is not None and unit.now >= attempt.expires_at
            if is_open and (returned or over):
                unit.wait_until(unit.now, KIND_SETTLE, attempt.request_id, str(payment_id))
            return {
                "state": str(attempt.state),
                "because": attempt.because,
                "page_url": attempt.page_url if is_open and not over else None,
                "request_id": str(attempt.request_id),
            }

        return self._log.run(SELF, work)

    # The clock

    def open(self, due: Due) -> None:
        """Has the provider take the order, under a number that it can take twice without harm."""
        attempt = self._attempt(due)
        if attempt is None or attempt.state is not AttemptState.OPENING:
            self._end(due)
            return
        order = self._asked().open(
            attempt.payment_id,
            attempt.amount,
            attempt.currency,
            f"{self._window}/paid/{attempt.payment_id}",
        )

        def work(unit: UnitOfWork) -> None:
            self._rows.opened(unit, attempt.payment_id, order)
            unit.done(due.kind, due.subject, due.detail)
            unit.wait_until(unit.now, KIND_SETTLE, due.subject, due.detail)

        self._log.run(by_itself(due), work)

    def settle(self, due: Due) -> None:
        """Learns from the provider how a try ended. Raises PaymentNotReady while it has not: then it is asked again."""
        attempt = self._attempt(due)
        if attempt is None or attempt.state is not AttemptState.OPEN:
            self._end(due)
            return
        provider = self._asked()
        order = provider.look(attempt.payment_id)
        if order.paid and order.amount != attempt.amount:
            # Not confirmed, so the provider gives it back by itself.
            log.error("payment_of_wrong_amount", owed=attempt.amount, paid=order.amount)
            self._failed(due, attempt, FailedBecause.WRONG_AMOUNT)
        elif order.paid:
            tracking_code = provider.settle(attempt.payment_id, attempt.amount)
            if tracking_code is None:
                self._failed(due, attempt, FailedBecause.REVERSED)
            else:
                self._paid(due, attempt, tracking_code)
        elif order.because is not None:
            self._failed(due, attempt, order.because)
        else:
            raise PaymentNotReady()

    def _paid(self, due: Due, attempt: Attempt, tracking_code: str) -> None:
        def work(unit: UnitOfWork) -> None:
            request = unit.load(ServiceRequest, attempt.request_id)
            awaited = request.status is RequestStatus.AWAITING_PAYMENT
            request.receive_payment(attempt.payment_id, attempt.amount, tracking_code, unit.now)
            if awaited:
                self._go_on(unit, request)
            self._handling.changed(unit, request)
            unit.done(due.kind, due.subject, due.detail)

        self._log.run(by_itself(due), work)

    def _go_on(self, unit: UnitOfWork, request: ServiceRequest) -> None:
        """Where the fee was awaited: to evidence, or to the document that was waiting for it."""
        code, version = request.service_code, request.service_version
        if request.outcome is None:
            go_on(unit, request, terms_of(unit, code, version, self._terms))
        else:
            issue(unit, request, self._terms, self._documents)
            conclude(unit, request)
        unit.done(KIND_LAPSE, request.id)

    def _failed(self, due: Due, attempt: Attempt, because: FailedBecause) -> None:
        def work(unit: UnitOfWork) -> None:
            request = unit.load(ServiceRequest, attempt.request_id)
            request.fail_payment(attempt.payment_id, because, unit.now)
            self._handling.changed(unit, request)
            self._rows.failed(unit, attempt.payment_id, because)
            unit.done(due.kind, due.subject, due.detail)

        self._log.run(by_itself(due), work)

    def lapse(self, due: Due) -> None:
        """Ends a request whose fee was not paid in time; first every try has to have ended.

        Raises PaymentNotReady while one has not.
        """

        def work(unit: UnitOfWork) -> None:
            request = unit.load(ServiceRequest, due.subject)
            if self._rows.live(unit, request.id) is not None:
                raise PaymentNotReady()
            if not request.lapse_payment(unit.now):
                return  # this machine's clock went back: the wait comes due again when its hold ends
            self._handling.changed(unit, request)
            unit.done(due.kind, due.subject, due.detail)

        self._log.run(by_itself(due), work)

    def refund(self, due: Due) -> None:
        """Has the provider give money back, under the order's number: twice is once."""
        payment_id = UUID(due.detail)
        with self._log.unit_of_work(SELF) as unit:
            request = unit.load(ServiceRequest, due.subject)
        if payment_id not in request.refunds or payment_id in request.refunded:
            self._end(due)
            return
        tracking_code = self._asked().refund(payment_id, request.refunds[payment_id])

        def work(unit: UnitOfWork) -> None:
            request = unit.load(ServiceRequest, due.subject)
            request.refund_payment(payment_id, tracking_code, unit.now)
            self._handling.changed(unit, request)
            unit.done(due.kind, due.subject, due.detail)

        self._log.run(by_itself(due), work)

    def _attempt(self, due: Due) -> Attempt | None:
        with self._log.unit_of_work(SELF) as unit:
            return self._rows.find(unit, UUID(due.detail))

    def _asked(self) -> PaymentProvider:
        """Raises PaymentsNotTaken where none is named any more: the wait stays until one is."""
        if self._provider is None:
            raise PaymentsNotTaken()
        return self._provider

    def _end(self, due: Due) -> None:
        self._log.run(by_itself(due), lambda unit: unit.done(due.kind, due.subject, due.detail))
