"""The commands of the catalogue: load, tell, save. Nothing is decided here."""

from __future__ import annotations

from collections.abc import Sequence

from panjareh_catalog.application.ports import Authorities, ServiceView
from panjareh_catalog.domain.authority import Authority, check_tree
from panjareh_catalog.domain.public_service import PublicService
from panjareh_catalog.domain.refusals import UnknownAuthority
from panjareh_catalog.domain.values import Card, Publication, stream_of
from panjareh_common.event_store import Cause, EventLog, UnitOfWork


class Catalogue:
    """One method a command."""

    def __init__(self, log: EventLog, view: ServiceView, authorities: Authorities) -> None:
        self._log = log
        self._view = view
        self._authorities = authorities

    def publish(self, card: Card, cause: Cause) -> Publication:
        """Publishes a checked card; the same content again changes nothing.

        Raises UnknownAuthority, AuthorityFixed.
        """

        def work(unit: UnitOfWork) -> Publication:
            code, authority = card["code"], card["authority"]
            if authority not in {known.code for known in self._authorities.all(unit)}:
                raise UnknownAuthority(authority=authority)
            service = unit.find(PublicService, stream_of(code))
            if service is None:
                service = PublicService.register(code, authority, unit.now)
            is_new = service.publish(card, unit.now)
            if is_new:
                unit.save(service)
                self._view.write(unit, service)
            return Publication(code, service.number, is_new)

        return self._log.run(cause, work)

    def keep_authorities(
        self, authorities: Sequence[Authority], cause: Cause
    ) -> list[tuple[str, bool]]:
        """Brings authorities in, all or none; gives each code and whether anything changed.

        Raises UnknownAuthority for a parent that is not there, AuthoritiesInCircle.
        """

        def work(unit: UnitOfWork) -> list[tuple[str, bool]]:
            known = {authority.code: authority for authority in self._authorities.all(unit)}
            wanted = {authority.code: authority for authority in authorities}
            check_tree((known | wanted).values())
            changed = {code for code, authority in wanted.items() if known.get(code) != authority}
            for code in sorted(changed):
                self._authorities.keep(unit, wanted[code])
            return [(code, code in changed) for code in wanted]

        return self._log.run(cause, work)
