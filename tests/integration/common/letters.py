"""A small aggregate whose events have changed twice since they were first stored."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID, uuid4

from eventsourcing.domain import Aggregate, event

from panjareh_common.event_store import PersonalAggregate, Sealed
from tests.integration.common.notes import AT


class Letter(PersonalAggregate):
    TOPIC = "TestLetter"

    class Event(Aggregate.Event):
        pass

    class Posted(Event, Aggregate.Created):
        """Version 2 calls the receiver so; version 3 says through which channel."""

        TOPIC = "TestLetter.Posted"
        class_version: ClassVar[int] = 3
        sender: UUID
        receiver: str
        channel: str
        text: Sealed[str]

        @staticmethod
        def upcast_v1_v2(state: dict[str, Any]) -> None:
            state["receiver"] = state.pop("to")

        @staticmethod
        def upcast_v2_v3(state: dict[str, Any]) -> None:
            state["channel"] = "post"

    Created = Posted

    class Answered(Event):
        """Version 2 has another name for what was answered. It is sealed, so it may be absent."""

        TOPIC = "TestLetter.Answered"
        class_version: ClassVar[int] = 2
        text: Sealed[str]

        @staticmethod
        def upcast_v1_v2(state: dict[str, Any]) -> None:
            if "reply" in state:
                state["text"] = state.pop("reply")

    @classmethod
    def post(cls, sender: UUID, receiver: str, channel: str, text: str) -> Letter:
        fields = {"sender": sender, "receiver": receiver, "channel": channel, "text": text}
        return cls._create(cls.Posted, id=uuid4(), timestamp=AT, **fields)

    def __init__(self, sender: UUID, receiver: str, channel: str, text: str | None) -> None:
        self.sender = sender
        self.receiver = receiver
        self.channel = channel
        self.texts: list[str | None] = [text]

    @property
    def person_id(self) -> UUID:
        return self.sender

    def answer(self, text: str) -> None:
        self.trigger_event(self.Answered, timestamp=AT, text=text)

    @event(Answered)
    def _answered(self, text: str | None) -> None:
        self.texts.append(text)
