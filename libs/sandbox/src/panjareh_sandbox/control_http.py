"""The control server: the SMS and mail gateways, the card authority, the ledgers, and the faults on command."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from panjareh_sandbox.authority import Authority, Mode
from panjareh_sandbox.bodies import Unreadable, json_object, text
from panjareh_sandbox.cards import CardAuthority
from panjareh_sandbox.cards_http import card_routes
from panjareh_sandbox.listener import Listener, PortTaken
from panjareh_sandbox.sms import Inbox, Mail, TextMessage, is_email_address, is_mobile_number

_LONGEST_DELAY = 300.0

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Station:
    """An authority and the port where it answers."""

    authority: Authority
    listener: Listener

    async def behave(self, mode: Mode, delay_seconds: float = 0.0) -> None:
        if mode is Mode.DOWN:
            self.authority.behave(mode)
            await self.listener.close()
        else:
            await self.listener.open()
            self.authority.behave(mode, delay_seconds)
        log.info("behaviour", extra={"fields": {"authority": self.authority.name, "mode": mode}})

    def state(self) -> dict[str, Any]:
        return {
            "name": self.authority.name,
            "mode": self.authority.mode,
            "delay_seconds": self.authority.delay_seconds,
            "port": self.listener.port,
            "listening": self.listener.listening,
            "evidence_types": list(self.authority.evidence_types),
            "asked": self.authority.ledger.asked,
            "outcomes": self.authority.ledger.outcomes,
        }


def control_app(
    stations: Mapping[str, Station],
    inbox: Inbox,
    now: Callable[[], datetime],
    cards: CardAuthority | None = None,
    further: Sequence[Route] = (),
) -> Starlette:
    letterbox = Inbox()

    def named(request: Request) -> Station:
        try:
            return stations[request.path_params["name"]]
        except KeyError:
            names = ", ".join(stations)
            raise HTTPException(404, f"No such authority. The sandbox has: {names}.") from None

    def states() -> JSONResponse:
        return JSONResponse({"items": [station.state() for station in stations.values()]})

    async def healthz(_: Request) -> JSONResponse:
        return JSONResponse({"status": "ok"})

    async def send_sms(request: Request) -> JSONResponse:
        body = await json_object(request)
        to = text(body, "to")
        if not is_mobile_number(to):
            raise HTTPException(400, "“to” must be a mobile number: 09… or +… in ASCII digits.")
        inbox.add(TextMessage(to, text(body, "text"), now()))
        log.info("sms kept")
        return JSONResponse({"status": "accepted"}, 202)

    async def read_sms(request: Request) -> JSONResponse:
        messages = inbox.newest_first(request.query_params.get("to"))
        return JSONResponse({"items": [message.as_dict() for message in messages]})

    async def send_mail(request: Request) -> JSONResponse:
        body = await json_object(request)
        to = text(body, "to")
        if not is_email_address(to):
            raise HTTPException(400, "“to” must be an e-mail address.")
        letterbox.add(Mail(to, text(body, "text"), now(), text(body, "subject")))
        log.info("mail kept")
        return JSONResponse({"status": "accepted"}, 202)

    async def read_mail(request: Request) -> JSONResponse:
        messages = letterbox.newest_first(request.query_params.get("to"))
        return JSONResponse({"items": [message.as_dict() for message in messages]})

    async def list_authorities(_: Request) -> JSONResponse:
        return states()

    async def put_authority(request: Request) -> JSONResponse:
        station = named(request)
        mode, delay_seconds = _behaviour(await json_object(request))
        await station.behave(mode, delay_seconds)
        return JSONResponse(station.state())

    async def read_ledger(request: Request) -> JSONResponse:
        entries = named(request).authority.ledger
        return JSONResponse({"items": [entry.as_dict() for entry in entries]})

    async def reset(_: Request) -> JSONResponse:
        for station in stations.values():
            await station.behave(Mode.UP)
            station.authority.forget()
        inbox.clear()
        letterbox.clear()
        return states()

    return Starlette(
        routes=[
            Route("/healthz", healthz),
            Route("/sms", send_sms, methods=["POST"]),
            Route("/sms", read_sms, methods=["GET"]),
            Route("/emails", send_mail, methods=["POST"]),
            Route("/emails", read_mail, methods=["GET"]),
            *(card_routes(cards, now) if cards else []),
            *further,
            Route("/authorities", list_authorities),
            Route("/authorities/{name}", put_authority, methods=["PUT"]),
            Route("/authorities/{name}/ledger", read_ledger),
            Route("/reset", reset, methods=["POST"]),
        ],
        exception_handlers={
            HTTPException: _refused,
            Unreadable: _unreadable,
            PortTaken: _port_taken,
        },
    )


def _behaviour(body: dict[str, Any]) -> tuple[Mode, float]:
    if body.get("mode") not in list(Mode):  # a list, for the value may be anything
        raise HTTPException(400, f"“mode” must be one of: {', '.join(Mode)}.")
    mode = Mode(body["mode"])
    delay = body.get("delay_seconds", 5 if mode is Mode.SLOW else 0)
    is_number = isinstance(delay, int | float) and not isinstance(delay, bool)
    if not is_number or not 0 <= delay <= _LONGEST_DELAY:
        raise HTTPException(400, f"“delay_seconds” must be from 0 to {_LONGEST_DELAY:.0f}.")
    return mode, float(delay) if mode is Mode.SLOW else 0.0


def _problem(status: int, title: str, detail: str) -> Response:
    return JSONResponse(
        {"title": title, "status": status, "detail": detail},
        status,
        media_type="application/problem+json",
    )


async def _refused(_: Request, fault: Exception) -> Response:
    assert isinstance(fault, HTTPException)
    return _problem(fault.status_code, "The sandbox cannot do this", fault.detail)


async def _unreadable(_: Request, fault: Exception) -> Response:
    return _problem(400, "The message cannot be read", str(fault))


async def _port_taken(_: Request, fault: Exception) -> Response:
    return _problem(409, "The authority cannot listen", str(fault))
