"""The RPC door of requests. It translates and delegates; it decides nothing."""

from __future__ import annotations

from panjareh_common.rpc.runner import EveryService, serve
from panjareh_requests.entrypoints.doors.cases import CasesDoor
from panjareh_requests.entrypoints.doors.drafts import DraftsDoor
from panjareh_requests.entrypoints.doors.files import FilesDoor
from panjareh_requests.entrypoints.doors.life import LifeDoor
from panjareh_requests.entrypoints.doors.outputs import OutputsDoor
from panjareh_requests.entrypoints.doors.requests import RequestsDoor
from panjareh_requests.entrypoints.doors.time import TimeDoor
from panjareh_requests.entrypoints.subscribers import Subscribers
from panjareh_requests.messaging.translation import PUBLISHED
from panjareh_requests.wiring import wire


class RequestsService(
    RequestsDoor,
    LifeDoor,
    DraftsDoor,
    FilesDoor,
    TimeDoor,
    OutputsDoor,
    CasesDoor,
    EveryService,
    Subscribers,
):
    """Each door in `entrypoints/doors/` brings its own methods, and the objects it takes."""

    name = "requests"


def main(arguments: list[str]) -> None:
    wiring = wire()
    serve(RequestsService, wiring.foundation, vars(wiring), PUBLISHED)
