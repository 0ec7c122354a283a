"""The door of one authority, in the provider protocol that the exchange's HTTP connector speaks."""

from typing import Any
from uuid import UUID

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from panjareh_sandbox.authority import Authority, KeyReused, Mode, Question
from panjareh_sandbox.bodies import Unreadable, json_object, text
from panjareh_sandbox.national_id import is_national_id
from panjareh_sandbox.register import MOBILE_OWNER
from panjareh_sandbox.sms import is_mobile_number


def provider_app(authority: Authority) -> Starlette:
    async def evidence(request: Request) -> JSONResponse:
        evidence_type = request.path_params["evidence_type"]
        try:
            question = await _question(request, evidence_type, authority)
            answer = await authority.ask(question)
        except Unreadable as fault:
            authority.note_malformed(evidence_type)
            return JSONResponse({"reason": fault.reason}, 400)
        except KeyReused:
            authority.note_malformed(evidence_type)
            return JSONResponse({"reason": _KEY_REUSED}, 400)
        return JSONResponse(answer.body, answer.status)

    async def healthz(_: Request) -> JSONResponse:
        failing = authority.mode is Mode.FAILING
        return JSONResponse({"status": "failing" if failing else "ok"}, 503 if failing else 200)

    return Starlette(
        routes=[
            Route("/evidence/{evidence_type}", evidence, methods=["POST"]),
            Route("/healthz", healthz),
        ]
    )


async def _question(request: Request, evidence_type: str, authority: Authority) -> Question:
    # Not 404: in this protocol that would say "we hold nothing about this person".
    if evidence_type not in authority.evidence_types:
        raise Unreadable(
            "این دستگاه چنین مدرکی ندارد؛ نوع مدرک را اصلاح کنید.",
            "This authority does not hold evidence of this type; correct the evidence type.",
        )
    body = await json_object(request)
    inquiry_id = _uuid(text(body, "inquiry_id"))
    if request.headers.get("idempotency-key", "").lower() != body["inquiry_id"].lower():
        raise Unreadable(
            "سرآیند Idempotency-Key باید همان شناسهٔ استعلام باشد.",
            "The Idempotency-Key header must be the inquiry id.",
        )
    return Question(
        inquiry_id=inquiry_id,
        evidence_type=evidence_type,
        subject=_subject(body.get("subject")),
        mobile=_mobile(body["subject"]) if evidence_type == MOBILE_OWNER else None,
        purpose=text(body, "purpose"),
        # a person's identity is matched for the window itself, for no public service
        service_code=None
        if body.get("service_code") is None
        else text(body, "service_code", longest=20),
    )


def _uuid(value: str) -> UUID:
    try:
        return UUID(value)
    except ValueError as fault:
        raise Unreadable(
            "شناسهٔ استعلام باید UUID باشد.", "The inquiry id must be a UUID."
        ) from fault


def _subject(subject: Any) -> str:
    if isinstance(subject, dict):
        national_id, other = subject.get("national_id"), subject.get("foreigner_id")
        passport = subject.get("passport")
        if isinstance(national_id, str) and is_national_id(national_id):
            return national_id
        if isinstance(other, str) and len(other) == 12 and other.isdecimal():
            return other
        company = subject.get("company_id")
        if isinstance(company, str) and len(company) == 11 and company.isdecimal():
            return company
        if isinstance(passport, dict):
            return f"{text(passport, 'country', 2)}/{text(passport, 'number', 9)}"
    raise Unreadable(
        "کد ملی معتبر نیست: باید ده رقم باشد و رقم کنترل آن درست باشد.",
        "The national id is not valid: it must be ten digits with a correct check digit.",
    )


def _mobile(subject: dict[str, Any]) -> str:
    mobile = text(subject, "mobile", 20)
    if not is_mobile_number(mobile):
        raise Unreadable(
            "شمارهٔ تلفن همراه باید به شکل 09… یا +… باشد.",
            "The mobile number must be written 09… or +….",
        )
    return mobile


_KEY_REUSED = {
    "fa": "این کلید پیش‌تر برای پرسش دیگری به کار رفته است؛ برای پرسش تازه شناسهٔ تازه بفرستید.",
    "en": "This key was used before for another question; send a new question under a new id.",
}
