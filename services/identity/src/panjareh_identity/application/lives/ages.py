"""How old a person is, for a service that shows what fits them (I8): the number of years and nothing else."""

from __future__ import annotations

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from panjareh_common.event_store import Cause, EventLog, UnitOfWork
from panjareh_common.security import Caller
from panjareh_identity.application.ports import Looks
from panjareh_identity.application.proofs import living

_TEHRAN = ZoneInfo("Asia/Tehran")


class Ages:
    def __init__(self, log: EventLog, looks: Looks) -> None:
        self._log = log
        self._looks = looks

    def tell(self, *, caller: Caller, cause: Cause) -> dict[str, Any]:
        """`{age}`, None where no day of birth is known. The look is recorded first. Raises NotFound."""

        def work(unit: UnitOfWork) -> dict[str, Any]:
            person = living(unit, caller.person)
            self._looks.record(
                unit,
                caller.person,
                reader=caller.service or "unknown",
                role=str(caller.kind),
                purpose=caller.purpose or "unknown",
                about=caller.person,
            )
            born = person.birth_date and date.fromisoformat(person.birth_date)
            return {"age": years(born, unit.now.astimezone(_TEHRAN).date()) if born else None}

        return self._log.run(cause, work)


def years(born: date, today: date) -> int:
    """Whole years; who was born on 29 February is a year older on 1 March."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))
