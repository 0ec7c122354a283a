"""The gateway as one ASGI application: pages, public API, health. No business rule lives here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response
from starlette.routing import Match, Route

from panjareh_common.refusals import Refusal
from panjareh_common.rpc.wire import CallFailed
from panjareh_common.security import ServiceIdentity, TokenVerifier
from panjareh_common.settings import SERVICES
from panjareh_gateway import openapi, serving
from panjareh_gateway.api.table import OPERATIONS, V1
from panjareh_gateway.calls import AsyncRpcClient
from panjareh_gateway.live import serving as live
from panjareh_gateway.live.hearing import Hearing
from panjareh_gateway.live.streams import Streams
from panjareh_gateway.pages import paying, start, verifying
from panjareh_gateway.problems import NoSuchPath, WrongMethod, fault, problem
from panjareh_gateway.signing_in.provider import Provider
from panjareh_gateway.signing_in.routes import SigningIn

log = structlog.get_logger(__name__)

_PING_SECONDS = 2


def make_app(
    calls: AsyncRpcClient,
    identity: ServiceIdentity,
    provider: Provider,
    signing_in: SigningIn,
    *,
    streams: Streams | None = None,
    hearing: Hearing | None = None,
    verifier: TokenVerifier | None = None,
) -> Starlette:
    """`hearing` wakes the `streams`; without it they tell what was there when they were opened."""
    caller = serving.Caller(calls, identity, signing_in.window, verifier)
    described = openapi.document(OPERATIONS)

    async def healthz(http: HttpRequest) -> Response:
        return JSONResponse({"status": "alive"})

    async def readyz(http: HttpRequest) -> Response:
        checks = await asyncio.gather(*(_ping(caller, service) for service in SERVICES))
        services = dict(zip(SERVICES, checks, strict=True))
        # What the gateway can do without a service that is away, it goes on doing; pages say the rest.
        ready = calls.connected
        body = {
            "status": "ready" if ready else "not_ready",
            "broker": ready,
            "services": services,
        }
        return JSONResponse(body, 200 if ready else 503, headers={"Cache-Control": "no-store"})

    async def description(http: HttpRequest) -> Response:
        return JSONResponse(described)

    @asynccontextmanager
    async def life(app: Starlette) -> AsyncIterator[None]:
        await calls.open()
        if hearing is not None:
            await hearing.open()
        yield
        if hearing is not None:
            await hearing.close()
        await calls.close()
        await provider.close()

    return Starlette(
        routes=[
            *start.routes(caller, signing_in),
            *verifying.routes(caller),
            *paying.routes(caller),
            *signing_in.routes(),
            Route(f"{V1}/healthz", healthz),
            Route(f"{V1}/readyz", readyz),
            Route("/healthz", healthz),
            Route("/readyz", readyz),
            Route(f"{V1}/openapi.json", description),
            *live.routes(OPERATIONS, caller, Streams() if streams is None else streams),
            *serving.routes(OPERATIONS, caller),
        ],
        exception_handlers={HTTPException: _told, Exception: _fault},
        lifespan=life,
    )


async def _ping(caller: serving.Caller, service: str) -> str:
    try:
        answer = await caller.call(service, "ping", {}, language="en", timeout=_PING_SECONDS)
    except (Refusal, CallFailed):
        return "not_answering"
    return str(answer["status"])


async def _told(http: HttpRequest, cause: Exception) -> Response:
    language, path = serving.language_of(http), http.url.path
    assert isinstance(cause, HTTPException)
    if cause.status_code == 405:
        told = problem(WrongMethod(method=http.method), language, path)
        told.headers["Allow"] = ", ".join(sorted(_methods(http)))
        return told
    return problem(NoSuchPath(), language, path)


def _methods(http: HttpRequest) -> set[str]:
    """Every method that an address takes; its routes know only their own."""
    routes = [route for route in http.app.routes if isinstance(route, Route)]
    here = [route for route in routes if route.matches(http.scope)[0] is not Match.NONE]
    return {method for route in here for method in route.methods or ()}


async def _fault(http: HttpRequest, cause: Exception) -> Response:
    log.error("gateway_fault", exc_info=cause)
    return fault(serving.language_of(http), http.url.path)
