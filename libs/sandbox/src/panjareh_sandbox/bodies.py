"""Reading JSON bodies of a bounded size, the same way at every door."""

import json
from typing import Any

from starlette.requests import Request

_LARGEST = 64 * 1024


class Unreadable(Exception):
    """The body is not what this door takes; the text says in what way."""

    def __init__(self, fa: str, en: str) -> None:
        super().__init__(en)
        self.reason = {"fa": fa, "en": en}


async def json_object(request: Request) -> dict[str, Any]:
    raw = b""
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > _LARGEST:
            raise Unreadable(
                "پیام بزرگ‌تر از ۶۴ کیلوبایت است.", "The message is larger than 64 KiB."
            )
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError) as fault:
        raise Unreadable("پیام JSON نیست.", "The message is not JSON.") from fault
    if not isinstance(body, dict):
        raise Unreadable("پیام یک شیء JSON نیست.", "The message is not a JSON object.")
    return body


def text(body: dict[str, Any], name: str, longest: int = 1000) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value.strip() or len(value) > longest:
        raise Unreadable(
            f"«{name}» باید متنی با ۱ تا {longest} نویسه باشد.",
            f"“{name}” must be a text of 1 to {longest} characters.",
        )
    return value
