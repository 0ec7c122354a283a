"""The doors of the payment provider: signed ones for its merchant, a page for people, faults on command."""

import asyncio
import hashlib
import hmac
import json
import logging
import time
import urllib.request
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from panjareh_sandbox.bodies import Unreadable, json_object, text
from panjareh_sandbox.listener import Listener
from panjareh_sandbox.payments import (
    LIFETIME,
    Bank,
    Behaviour,
    Callback,
    Conflict,
    Mode,
    NoSuchOrder,
    State,
)
from panjareh_sandbox.payments_page import language_of, page

log = logging.getLogger(__name__)

_CLOCKS_APART = 300  # seconds
_MOST_AMOUNT = 10**13
_ENDS = {"cancel": State.CANCELLED, "decline": State.DECLINED}
_PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
}
Now = Callable[[], datetime]
Do = Callable[[Request, Mapping[str, Any]], tuple[int, dict[str, Any]]]


class Merchant:
    """Who shares a secret with this provider. What was sent once is not taken again."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()
        self._seen: dict[str, float] = {}  # nonces

    def believed(self, request: Request, body: bytes) -> str:
        """The nonce of a question that is surely the merchant's, and sent now."""
        stamp, nonce = request.headers.get("x-timestamp", ""), request.headers.get("x-nonce", "")
        ours = self._signed(request.method, request.url.path, stamp, nonce, _digest(body))
        if not hmac.compare_digest(ours.encode(), request.headers.get("x-signature", "").encode()):
            raise HTTPException(401, "The signature does not fit.")
        moment = time.time()
        if abs(int(stamp) - moment) > _CLOCKS_APART or nonce in self._seen:
            raise HTTPException(401, "This was sent too long ago, or before.")
        for old in [each for each, at in self._seen.items() if at < moment - 2 * _CLOCKS_APART]:
            del self._seen[old]
        self._seen[nonce] = moment
        return nonce

    def answered(self, nonce: str, status: int, told: Mapping[str, Any]) -> Response:
        body = json.dumps(told).encode()
        signature = self._signed(nonce, str(status), _digest(body))
        return Response(body, status, {"X-Signature": signature}, "application/json")

    def _signed(self, *parts: str) -> str:
        return hmac.new(self._secret, "\n".join(parts).encode(), hashlib.sha256).hexdigest()


def payment_app(bank: Bank, secret: str, public_url: str, now: Now) -> Starlette:
    """`public_url` is where people reach this provider's pages."""
    routes = [*_merchant_routes(bank, Merchant(secret), public_url, now), *_page_routes(bank, now)]
    handlers: Any = {HTTPException: _refused, Unreadable: _unreadable}
    return Starlette(routes=routes, exception_handlers=handlers)


def _merchant_routes(bank: Bank, merchant: Merchant, public_url: str, now: Now) -> list[Route]:
    def door(do: Do) -> Callable[[Request], Any]:
        async def answer(request: Request) -> Response:
            body = await request.body()
            nonce = merchant.believed(request, body)
            mode = bank.behaviour.mode
            if mode is Mode.SLOW:
                await asyncio.sleep(bank.behaviour.delay_seconds)
            if mode is Mode.FAILING:
                return Response(status_code=503)
            asked = await json_object(request) if body else {}
            try:
                status, told = do(request, asked)
            except NoSuchOrder:
                status, told = 404, {"detail": "no such order"}
            except Conflict:
                status, told = 409, {"detail": "not as the ledger has it"}
            return merchant.answered(nonce, status, told)

        return answer

    def open_order(_: Request, asked: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
        body = dict(asked)
        callback_url = text(body, "callback_url", 500)
        if urlsplit(callback_url).scheme not in ("http", "https"):
            raise Unreadable("نشانی بازگشت درست نیست.", "The callback is no web address.")
        order, new = bank.open(
            text(body, "order_id", 64),
            _amount(body),
            text(body, "currency", 3),
            callback_url,
            now(),
        )
        told = {
            "page_url": f"{public_url}/pages/{order.token}",
            "expires_at": order.expires_at.isoformat(),
        }
        return (201 if new else 200), told

    def look(request: Request, _: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
        return 200, bank.order(request.path_params["order_id"], now()).as_dict()

    def settle(request: Request, asked: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
        order = bank.settle(request.path_params["order_id"], _amount(asked), now())
        return 200, {"tracking_code": order.tracking_code}

    def refund(request: Request, asked: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
        order = bank.refund(request.path_params["order_id"], _amount(asked), now())
        return 200, {"tracking_code": order.refund_tracking_code}

    return [
        Route("/orders", door(open_order), methods=["POST"]),
        Route("/orders/{order_id}", door(look), methods=["GET"]),
        Route("/orders/{order_id}/settlement", door(settle), methods=["POST"]),
        Route("/orders/{order_id}/refund", door(refund), methods=["POST"]),
    ]


def _page_routes(bank: Bank, now: Now) -> list[Route]:
    async def show(request: Request) -> Response:
        return _page(request, bank, now)

    async def act(request: Request) -> Response:
        token, language = request.path_params["token"], _language(request)
        form = parse_qs((await request.body())[:1000].decode("ascii", "replace"))
        wanted = form.get("do", [""])[0]
        try:
            if wanted == "pay":
                order = bank.pay(token, now())
            elif wanted in _ENDS:
                order = bank.end(token, _ENDS[wanted], now())
            else:
                raise HTTPException(400, "Say what to do.")
        except NoSuchOrder:
            return _page(request, bank, now)
        if bank.behaviour.callback is Callback.LOST:
            return HTMLResponse(page(order, language, lost=True), headers=_PAGE_HEADERS)
        if bank.behaviour.callback is Callback.DOUBLE:
            await asyncio.to_thread(_visit, order.callback_url)
        return RedirectResponse(f"{order.callback_url}?lang={language}", 303)

    return [
        Route("/pages/{token}", show, methods=["GET"]),
        Route("/pages/{token}", act, methods=["POST"]),
    ]


def payment_routes(bank: Bank, listener: Listener, now: Now) -> list[Route]:
    """Of the control server: what the ledger says, and faults on command."""

    def told() -> JSONResponse:
        behaviour = bank.behaviour
        return JSONResponse(
            {
                "mode": behaviour.mode,
                "delay_seconds": behaviour.delay_seconds,
                "callback": behaviour.callback,
                "wrong_amount": behaviour.wrong_amount,
                "lifetime_seconds": behaviour.lifetime.total_seconds(),
                "listening": listener.listening,
            }
        )

    async def read(_: Request) -> JSONResponse:
        return told()

    async def put(request: Request) -> JSONResponse:
        bank.behaviour = _behaviour(await json_object(request))
        if bank.behaviour.mode is Mode.DOWN:
            await listener.close()
        else:
            await listener.open()
        log.info("payments behave", extra={"fields": {"mode": bank.behaviour.mode}})
        return told()

    async def ledger(_: Request) -> JSONResponse:
        items = [
            order.as_dict()
            | {"charges": order.charges, "settlements": order.settlements, "refunds": order.refunds}
            for order in bank.all(now())
        ]
        return JSONResponse({"items": items})

    return [
        Route("/payments", read, methods=["GET"]),
        Route("/payments", put, methods=["PUT"]),
        Route("/payments/ledger", ledger),
    ]


def _behaviour(body: Mapping[str, Any]) -> Behaviour:
    """What is left out is as it usually is."""
    try:
        delay = float(body.get("delay_seconds", 0))
        lifetime = float(body.get("lifetime_seconds", LIFETIME.total_seconds()))
        if not 0 <= delay <= 60 or not 0 < lifetime <= 86_400:
            raise ValueError("out of range")
        return Behaviour(
            Mode(body.get("mode", Mode.UP)),
            delay,
            Callback(body.get("callback", Callback.NORMAL)),
            bool(body.get("wrong_amount", False)),
            timedelta(seconds=lifetime),
        )
    except (TypeError, ValueError) as fault:
        modes, callbacks = ", ".join(Mode), ", ".join(Callback)
        raise HTTPException(
            400, f"“mode” is one of {modes}, “callback” one of {callbacks}; delays are numbers."
        ) from fault


def _page(request: Request, bank: Bank, now: Now) -> Response:
    language = _language(request)
    try:
        order = bank.by_token(request.path_params["token"], now())
    except NoSuchOrder:
        return HTMLResponse(page(None, language), 404, headers=_PAGE_HEADERS)
    return HTMLResponse(page(order, language), headers=_PAGE_HEADERS)


def _language(request: Request) -> str:
    accepted = request.headers.get("accept-language", "")
    return language_of(request.query_params.get("lang"), accepted)


def _amount(body: Mapping[str, Any]) -> int:
    amount = body.get("amount")
    if not isinstance(amount, int) or isinstance(amount, bool) or not 0 < amount < _MOST_AMOUNT:
        raise Unreadable("مبلغ عدد درستی نیست.", "The amount is no whole number above nothing.")
    return amount


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def _visit(url: str) -> None:
    """A second browser, as it were: nobody waits for what it sees."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - the scheme was checked
            answer.read(1000)
    except OSError:
        log.info("a callback did not answer")


async def _refused(_: Request, fault: Exception) -> Response:
    assert isinstance(fault, HTTPException)
    return JSONResponse({"detail": fault.detail}, fault.status_code)


async def _unreadable(_: Request, fault: Exception) -> Response:
    return JSONResponse({"detail": str(fault)}, 400)
