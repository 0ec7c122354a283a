"""What may still happen to a request: withdrawal, correction, messages, appeal, reopening."""

from __future__ import annotations

from typing import Any

from panjareh_common.rpc.server import Call, Provided, rpc
from panjareh_requests.application.appealing import Appeals
from panjareh_requests.application.commands import (
    AppealRequest,
    CorrectRequest,
    ReopenRequest,
    SendBack,
    WithdrawRequest,
    WriteMessage,
)
from panjareh_requests.application.correcting import Corrections
from panjareh_requests.application.ending import Endings
from panjareh_requests.application.messaging import Conversations
from panjareh_requests.entrypoints.doors.asking import ANYONE, OFFICER, asked
from panjareh_requests.read_model.messages import Messages
from panjareh_requests.schemas import life as schemas
from panjareh_requests.schemas.requests import ChangedSchema


class LifeDoor:
    endings: Endings = Provided("endings")
    corrections: Corrections = Provided("corrections")
    conversations: Conversations = Provided("conversations")
    messages: Messages = Provided("messages")
    appeals: Appeals = Provided("appeals")

    @rpc(schemas.WithdrawRequestSchema, gives=ChangedSchema, callers=ANYONE)
    def withdraw(self, command: WithdrawRequest, call: Call) -> Any:
        return self.endings.withdraw(command, asked(call))

    @rpc(schemas.SendBackSchema, gives=ChangedSchema, callers={OFFICER})
    def send_back(self, command: SendBack, call: Call) -> Any:
        return self.corrections.send_back(command, asked(call))

    @rpc(schemas.CorrectRequestSchema, gives=ChangedSchema, callers=ANYONE)
    def correct(self, command: CorrectRequest, call: Call) -> Any:
        return self.corrections.correct(command, asked(call))

    @rpc(schemas.WriteMessageSchema, gives=schemas.WrittenMessageSchema, callers=ANYONE)
    def write_to_officers(self, command: WriteMessage, call: Call) -> Any:
        return self.conversations.write_to_officers(command, asked(call))

    @rpc(schemas.WriteMessageSchema, gives=schemas.WrittenMessageSchema, callers={OFFICER})
    def write_to_applicant(self, command: WriteMessage, call: Call) -> Any:
        return self.conversations.write_to_applicant(command, asked(call))

    @rpc(schemas.ListMessagesSchema, gives=schemas.MessagePageSchema, callers=ANYONE)
    def list_messages(self, query: dict[str, Any], call: Call) -> Any:
        return self.messages.page(**query, caller=call.caller, cause=call.cause())

    @rpc(schemas.AppealRequestSchema, gives=ChangedSchema, callers=ANYONE)
    def appeal(self, command: AppealRequest, call: Call) -> Any:
        return self.appeals.appeal(command, asked(call))

    @rpc(schemas.ReopenRequestSchema, gives=ChangedSchema, callers={OFFICER})
    def reopen(self, command: ReopenRequest, call: Call) -> Any:
        return self.appeals.reopen(command, asked(call))
