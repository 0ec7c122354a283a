"""The authorities that offer public services: a tree of ministries, agencies and municipalities."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from panjareh_catalog.domain.refusals import AuthoritiesInCircle, UnknownAuthority


@dataclass(frozen=True)
class Authority:
    """One competent authority; `parent` is the code of the one above it, None at the top."""

    code: str
    name: Mapping[str, str]
    parent: str | None = None


def check_tree(authorities: Iterable[Authority]) -> None:
    """Every authority must lead up to a top. Raises UnknownAuthority or AuthoritiesInCircle."""
    parents = {authority.code: authority.parent for authority in authorities}
    for code, parent in parents.items():
        passed, above = {code}, parent
        while above is not None:
            if above not in parents:
                raise UnknownAuthority(authority=above)
            if above in passed:
                raise AuthoritiesInCircle(authority=code)
            passed.add(above)
            above = parents[above]
