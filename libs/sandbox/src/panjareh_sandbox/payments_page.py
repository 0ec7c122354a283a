"""The page on which a person pays at the sandbox: in Persian or English, without a script, made for keyboards too."""

from html import escape

from panjareh_sandbox.payments import Order, State

_WORDS = {
    "fa": {
        "title": "پرداخت (آزمایشی)",
        "note": "این درگاه آزمایشی است؛ هیچ پولی جابه‌جا نمی‌شود.",
        "amount": "مبلغ",
        "unit": "ریال",
        "pay": "می‌پردازم",
        "decline": "موجودی کافی نیست",
        "cancel": "انصراف",
        "back": "بازگشت به پذیرنده",
        "over": "این پرداخت پایان یافته است.",
        "lost": "پرداخت انجام شد. این صفحه شما را برنمی‌گرداند؛ خودتان به پنجره برگردید.",
        "none": "چنین پرداختی نیست.",
        "other": "English",
    },
    "en": {
        "title": "Payment (sandbox)",
        "note": "This is a sandbox gateway; no money moves.",
        "amount": "Amount",
        "unit": "rials",
        "pay": "Pay",
        "decline": "Not enough money",
        "cancel": "Cancel",
        "back": "Back to the merchant",
        "over": "This payment has ended.",
        "lost": "You have paid. This page does not lead you back; go back to the window by yourself.",
        "none": "There is no such payment.",
        "other": "فارسی",
    },
}
_STYLE = """
body{font:1.1rem/1.7 Vazirmatn,Tahoma,sans-serif;max-width:32rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}
button{font:inherit;padding:.6rem 1.2rem;margin:.3rem 0;width:100%;border:2px solid #14507a;border-radius:.4rem;
background:#fff;color:#14507a;cursor:pointer}
button.first{background:#14507a;color:#fff}
button:focus-visible,a:focus-visible{outline:3px solid #b35900;outline-offset:2px}
a{color:#14507a}.note{background:#fff4d6;padding:.6rem;border-radius:.4rem}
"""
_PERSIAN = str.maketrans("0123456789,", "۰۱۲۳۴۵۶۷۸۹٬")


def language_of(wanted: str | None, accepted: str) -> str:
    if wanted in _WORDS:
        return str(wanted)
    return "en" if accepted.strip().lower().startswith("en") else "fa"


def page(order: Order | None, language: str, *, lost: bool = False) -> str:
    words = _WORDS[language]
    other = "en" if language == "fa" else "fa"
    if order is None:
        inner = f'<p role="alert">{words["none"]}</p>'
    elif lost:
        inner = f'<p role="status">{words["lost"]}</p>'
    elif order.state is State.OPEN:
        amount = f"{order.amount:,}"
        if language == "fa":
            amount = amount.translate(_PERSIAN)
        inner = f"""<p>{words["amount"]}: <strong><bdi>{amount}</bdi> {words["unit"]}</strong></p>
<form method="post" action="?lang={language}">
<button class="first" name="do" value="pay">{words["pay"]}</button>
<button name="do" value="decline">{words["decline"]}</button>
<button name="do" value="cancel">{words["cancel"]}</button>
</form>"""
    else:
        inner = (
            f'<p role="status">{words["over"]}</p>'
            f'<p><a href="{escape(order.callback_url)}">{words["back"]}</a></p>'
        )
    return f"""<!doctype html>
<html lang="{language}" dir="{"rtl" if language == "fa" else "ltr"}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{words["title"]}</title><style>{_STYLE}</style></head>
<body><main><h1>{words["title"]}</h1><p class="note">{words["note"]}</p>
{inner}
</main><footer><a href="?lang={other}" hreflang="{other}" lang="{other}">{words["other"]}</a></footer></body></html>"""
