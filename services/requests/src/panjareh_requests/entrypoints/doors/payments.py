"""Paying a fee; what an authority's accountants compare with their bank."""

from __future__ import annotations

from typing import Any

from panjareh_common.rpc.server import Call, Provided, rpc
from panjareh_requests.application.paying import Payments, PayRequest
from panjareh_requests.entrypoints.doors.asking import ANYONE, OFFICER, asked
from panjareh_requests.read_model.payment_story import Accounts, PaymentStory
from panjareh_requests.schemas import payments as schemas
from panjareh_requests.schemas.requests import WhichRequestSchema


class PaymentsDoor:
    payments: Payments = Provided("payments")
    payment_story: PaymentStory = Provided("payment_story")
    accounts: Accounts = Provided("accounts")

    @rpc(schemas.PayRequestSchema, gives=schemas.PayingSchema, callers=ANYONE)
    def pay(self, command: PayRequest, call: Call) -> Any:
        return self.payments.pay(command, asked(call))

    @rpc(WhichRequestSchema, gives=schemas.PaymentSchema, callers=ANYONE)
    def get_payment(self, query: dict[str, Any], call: Call) -> Any:
        return self.payment_story.get(
            **query, caller=call.caller, cause=call.cause(), language=call.language
        )

    @rpc(schemas.WhichPaymentSchema, gives=schemas.PaymentStateSchema, callers={"gateway"})
    def come_by_payment(self, query: dict[str, Any], call: Call) -> Any:
        return self.payments.come_by(**query)

    @rpc(schemas.AccountSchema, gives=schemas.TotalsSchema, callers={OFFICER})
    def total_payments(self, query: dict[str, Any], call: Call) -> Any:
        return self.accounts.totals(**query, caller=call.caller, cause=call.cause())

    @rpc(schemas.AccountPartSchema, gives=schemas.AccountTextSchema, callers={OFFICER})
    def list_payments(self, query: dict[str, Any], call: Call) -> Any:
        return self.accounts.part(**query, caller=call.caller, cause=call.cause())
