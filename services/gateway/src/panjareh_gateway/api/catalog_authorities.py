"""Authorities, how far they are with connecting (C7), and the days on which nobody works."""

from __future__ import annotations

from panjareh_gateway.api import shapes_catalog_authorities as shapes
from panjareh_gateway.api.shapes import Page
from panjareh_gateway.operations import Access, Operation

_V1, _AGENCY = "/api/v1", "/agency/v1"

AUTHORITIES = (
    Operation(
        "GET",
        f"{_V1}/authorities",
        "catalog",
        "list_authorities",
        "The authorities that offer public services",
        "catalog",
        gives=shapes.Authorities,
        query=shapes.ListAuthorities,
        access=Access.OPEN,
    ),
    Operation(
        "GET",
        f"{_V1}/authorities/{{code}}",
        "catalog",
        "get_authority",
        "One authority, those above and below it, and how far it is with connecting",
        "catalog",
        gives=shapes.WholeAuthority,
        access=Access.OPEN,
    ),
    Operation(
        "GET",
        f"{_V1}/connection-board",
        "catalog",
        "get_connection_board",
        "Every authority beside what the law asks of it by a date",
        "catalog",
        gives=shapes.ConnectionBoard,
        query=Page,
        access=Access.OPEN,
    ),
    Operation(
        "GET",
        f"{_V1}/holidays",
        "catalog",
        "list_holidays",
        "The days of one year on which nobody works, and those that were announced",
        "catalog",
        gives=shapes.Holidays,
        query=shapes.ListHolidays,
        access=Access.OPEN,
    ),
    Operation(
        "POST",
        f"{_AGENCY}/authorities/{{code}}/connection",
        "catalog",
        "record_step",
        "Record one of the three steps in which an authority connects",
        "agency",
        gives=shapes.Connection,
        body=shapes.RecordStep,
        keyed=True,
    ),
    Operation(
        "POST",
        f"{_AGENCY}/authorities/{{code}}/connection/withdrawal",
        "catalog",
        "withdraw_step",
        "Take back the newest step, with the reason",
        "agency",
        gives=shapes.Connection,
        body=shapes.WithdrawStep,
        keyed=True,
    ),
    Operation(
        "POST",
        f"{_AGENCY}/days",
        "catalog",
        "announce_day",
        "Announce a day on which my authority is closed, or works all the same",
        "agency",
        gives=shapes.SaidDay,
        body=shapes.AnnounceDay,
        keyed=True,
    ),
)
