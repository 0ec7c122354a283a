"""The doors of the card authority: have a card made, have it revoked, read who was."""

from collections.abc import Callable
from datetime import datetime

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from panjareh_sandbox.bodies import json_object, text
from panjareh_sandbox.cards import CardAuthority
from panjareh_sandbox.national_id import is_national_id


def card_routes(cards: CardAuthority, now: Callable[[], datetime]) -> list[Route]:
    async def issue(request: Request) -> JSONResponse:
        national_id = text(await json_object(request), "national_id")
        if not is_national_id(national_id):
            raise HTTPException(400, "“national_id” must be a national id in ASCII digits.")
        return JSONResponse(cards.issue(national_id, now()).as_dict(), 201)

    async def revoke(request: Request) -> Response:
        cards.revoke(request.path_params["number"])
        return Response(status_code=204)

    async def revoked(_: Request) -> Response:
        return Response(cards.revoked_list(now()), media_type="application/pkix-crl")

    return [
        Route("/smart-cards", issue, methods=["POST"]),
        Route("/smart-cards/revoked.crl", revoked),
        Route("/smart-cards/{number:int}/revocation", revoke, methods=["PUT"]),
    ]
