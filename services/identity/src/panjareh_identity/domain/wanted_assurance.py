"""How surely a client wants to know its person: acr_values, the essential acr claim, max_age and prompt.

OpenID Connect Core 1.0, sections 3.1.2.1 and 5.5.1.1; the person's level has to be at least one of those
asked for (requirement I2), because levels are ordered.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

from panjareh_common.assurance import AssuranceLevel

PROMPTS = frozenset({"none", "login", "consent", "select_account"})
_LONGEST_AGE = 10 * 365 * 24 * 3600


class UnfitWish(ValueError):
    """A parameter that cannot be read; says which."""


class Lack(Enum):
    """What a session lacks for what was asked."""

    NOTHING = auto()
    SIGN_IN = auto()
    """Nobody is signed in, or too long ago."""
    LEVEL = auto()


@dataclass(frozen=True)
class Wanted:
    """`level`: the lowest that satisfies, None where any does. `essential`: nothing less is of use.

    `max_age`: how old the sign-in may be at most. `prompt`: as OpenID Connect has it. `knowable` is
    false where only levels were asked for that nobody here can have.
    """

    level: AssuranceLevel | None = None
    essential: bool = False
    max_age: timedelta | None = None
    prompt: frozenset[str] = frozenset()
    knowable: bool = True

    @classmethod
    def read(cls, parameters: Mapping[str, str]) -> Wanted:
        """Raises UnfitWish naming a parameter that cannot be meant."""
        prompt = frozenset(parameters.get("prompt", "").split())
        if not prompt <= PROMPTS or ("none" in prompt and len(prompt) > 1):
            raise UnfitWish("prompt")
        values = parameters.get("acr_values", "").split()
        claimed, essential = _claimed(parameters.get("claims", ""))
        asked = claimed if claimed is not None else values
        levels = [level for level in map(_level, asked) if level is not None]
        return cls(
            level=min(levels, default=None),
            essential=essential,
            max_age=_age(parameters.get("max_age")),
            prompt=prompt,
            knowable=bool(levels) or not asked,
        )

    def signed_in_after(self, asked_at: datetime) -> datetime | None:
        """The moment since which a sign-in counts; None where any does."""
        if "login" in self.prompt or "select_account" in self.prompt:
            return asked_at
        return None if self.max_age is None else asked_at - self.max_age

    def lack(
        self, held: AssuranceLevel | None, auth_time: datetime | None, asked_at: datetime
    ) -> Lack:
        """What has to be done before a code may be given. `held` None: nobody is signed in."""
        after = self.signed_in_after(asked_at)
        if held is None or auth_time is None or (after is not None and auth_time < after):
            return Lack.SIGN_IN
        if self.level is not None and held < self.level:
            return Lack.LEVEL
        return Lack.NOTHING


def _level(acr: str) -> AssuranceLevel | None:
    try:
        return AssuranceLevel.from_acr(acr)
    except ValueError:
        return None


def _age(text: str | None) -> timedelta | None:
    if text is None or text == "":
        return None
    if not (text.isascii() and text.isdigit()):
        raise UnfitWish("max_age")
    return timedelta(seconds=min(int(text[:12]), _LONGEST_AGE))


def _claimed(text: str) -> tuple[list[str] | None, bool]:
    """The acr values of the `claims` parameter and whether they are essential; None where it names none."""
    if not text:
        return None, False
    try:
        read = json.loads(text)
        members = read.get("id_token")
        wish = None if members is None else members.get("acr")
        if not isinstance(wish, dict):
            return None, False
        values = wish.get("values", [wish["value"]] if "value" in wish else [])
        essential = wish.get("essential", False)
        if not isinstance(values, list) or not isinstance(essential, bool):
            raise UnfitWish("claims")
        if not all(isinstance(value, str) for value in values):
            raise UnfitWish("claims")
    except (ValueError, AttributeError, RecursionError) as cause:
        raise UnfitWish("claims") from cause
    return (values or None), essential
