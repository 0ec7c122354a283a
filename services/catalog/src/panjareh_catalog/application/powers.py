"""Who may do what for which authority, from the verified token (design rules 6 and 7)."""

from __future__ import annotations

from panjareh_common.refusals import NotAllowed, NotFound
from panjareh_common.security import Caller

PLATFORM = "panjareh"
"""The code under which the platform's own staff stands among the authorities."""

ADMINISTRATOR = "administrator"
_MAY = frozenset({"publisher", "supervisor"})


def speaks_for(caller: Caller) -> str:
    """The authority for which a publisher or supervisor speaks; PLATFORM for its administrators.

    Raises NotAllowed.
    """
    roles = set(caller.roles)
    if caller.authority == PLATFORM and ADMINISTRATOR in roles:
        return PLATFORM
    if caller.authority is None or caller.authority == PLATFORM or not roles & _MAY:
        raise NotAllowed()
    return caller.authority


def acting_for(caller: Caller, authority: str) -> str:
    """As `speaks_for`, where it is about one authority: its own people, or the platform's administrators.

    Raises NotAllowed, and NotFound for the people of another authority.
    """
    code = speaks_for(caller)
    if code not in (PLATFORM, authority):
        raise NotFound()
    return code
