"""What every aggregate here has in common: whose data it holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from eventsourcing.domain import Aggregate

from panjareh_common.event_store.sealing import Owners, sealed_fields


class _TopicsFixed(Aggregate):
    """Refuses, when the class is made, an event whose topic would follow the place of its class.

    Topics are stored for ever: a moved file must not orphan history.
    """

    def __init_subclass__(cls, **kwargs: str) -> None:
        super().__init_subclass__(**kwargs)
        if "TOPIC" not in vars(cls):
            return
        for name, member in vars(cls).items():
            is_event = isinstance(member, type) and issubclass(member, Aggregate.Event)
            if is_event and name != "Event" and getattr(member, "TOPIC", None) is None:
                raise TypeError(f"{cls.__name__}.{name} needs a TOPIC of its own")


class PublicAggregate(_TopicsFixed):
    """An aggregate without personal data; none of its events may declare a sealed field."""

    person_id: ClassVar[None] = None


class PersonalAggregate(_TopicsFixed):
    """An aggregate about a person, under whose key its sealed fields are stored.

    One about several says of each event whose a sealed field is, where it is not that person's.
    """

    @property
    def person_id(self) -> UUID:
        raise TypeError(f"{type(self).__name__} must say whose data it holds")

    @property
    def person_ids(self) -> frozenset[UUID]:
        """Everybody whose data it holds; of more than one no snapshot is taken."""
        return frozenset({self.person_id} - {None})

    def owners_of(self, event: Any) -> Mapping[str, Owners]:
        """Whose each sealed field of an event is; what is not named here is `person_id`'s."""
        return {}


__all__ = ["PersonalAggregate", "PublicAggregate", "sealed_fields"]
