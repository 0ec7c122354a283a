"""Puts together what several applicants on one request need."""

from __future__ import annotations

from panjareh_common.foundation import Foundation
from panjareh_requests.application.filling_in import FillingIn
from panjareh_requests.application.handling import Handling
from panjareh_requests.application.joining import Joinings, Receipt
from panjareh_requests.application.ports import Looks, Terms
from panjareh_requests.read_model.joining_codes import PostgresJoiningCodes


def wire_joining(
    foundation: Foundation,
    handling: Handling,
    *,
    terms: Terms,
    filling_in: FillingIn,
    looks: Looks,
    receipt: Receipt,
) -> Joinings:
    log = foundation.log
    codes = PostgresJoiningCodes(foundation.database, foundation.keyring, log.clock)
    foundation.erasures.and_remove(codes.remove_of)
    return Joinings(
        log,
        handling,
        terms,
        codes=codes,
        filling_in=filling_in,
        looks=looks,
        receipt=receipt,
    )
