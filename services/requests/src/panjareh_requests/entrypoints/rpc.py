"""The RPC door of requests. It translates and delegates; it decides nothing."""

from __future__ import annotations

from panjareh_common.rpc.runner import EveryService, serve
from panjareh_requests.entrypoints.doors.appointments import AppointmentsDoor, PlacesDoor
from panjareh_requests.entrypoints.doors.campaigns import CampaignsDoor
from panjareh_requests.entrypoints.doors.cases import CasesDoor
from panjareh_requests.entrypoints.doors.drafts import DraftsDoor
from panjareh_requests.entrypoints.doors.files import FilesDoor
from panjareh_requests.entrypoints.doors.joining import JoiningDoor
from panjareh_requests.entrypoints.doors.life import LifeDoor
from panjareh_requests.entrypoints.doors.live import LiveDoor
from panjareh_requests.entrypoints.doors.milestones import MilestonesDoor
from panjareh_requests.entrypoints.doors.my_data import MyDataDoor
from panjareh_requests.entrypoints.doors.opinions import OpinionsDoor
from panjareh_requests.entrypoints.doors.outputs import OutputsDoor
from panjareh_requests.entrypoints.doors.payments import PaymentsDoor
from panjareh_requests.entrypoints.doors.preview import PreviewDoor
from panjareh_requests.entrypoints.doors.requests import RequestsDoor
from panjareh_requests.entrypoints.doors.time import TimeDoor
from panjareh_requests.entrypoints.doors.work import WorkDoor
from panjareh_requests.entrypoints.subscribers import Subscribers
from panjareh_requests.messaging.translation import PUBLISHED
from panjareh_requests.wiring import wire


class RequestsService(
    RequestsDoor,
    WorkDoor,
    LifeDoor,
    JoiningDoor,
    LiveDoor,
    CampaignsDoor,
    DraftsDoor,
    FilesDoor,
    TimeDoor,
    OpinionsDoor,
    PreviewDoor,
    OutputsDoor,
    PaymentsDoor,
    AppointmentsDoor,
    PlacesDoor,
    CasesDoor,
    MilestonesDoor,
    MyDataDoor,
    EveryService,
    Subscribers,
):
    """Each door in `entrypoints/doors/` brings its own methods, and the objects it takes."""

    name = "requests"


def main(arguments: list[str]) -> None:
    wiring = wire()
    serve(RequestsService, wiring.foundation, vars(wiring), PUBLISHED)
