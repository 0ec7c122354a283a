"""A catalogue of any size for measuring search: services that people know by name among thousands that look alike.

The known ones are those that requirement C6 names. Around them are made services of the same words: actions, things
and places in every combination, from one seed, so that every run has the same. Where the records of real bodies
lie on the machine (PANJAREH_CASES_DIR), the names of their activities are services, too; none of them is kept here.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import psycopg
from psycopg.types.json import Json, Jsonb

Card = dict[str, Any]

# code, authority, Persian name, English name, life event, what people call it
KNOWN = [
    (
        "CERT-001",
        "civil",
        "صدور شناسنامهٔ نوزاد",
        "Birth certificate for a newborn",
        "birth",
        "ثبت ولادت",
    ),
    (
        "CERT-002",
        "civil",
        "تعویض شناسنامه",
        "Exchange of an identity booklet",
        "identity",
        "شناسنامه جدید",
    ),
    ("CERT-003", "civil", "ثبت واقعهٔ فوت", "Death registration", "death", "گواهی فوت"),
    (
        "CERT-004",
        "civil",
        "صدور شناسنامهٔ المثنی",
        "Duplicate identity booklet",
        "lost",
        "شناسنامه گمشده",
    ),
    (
        "CARD-001",
        "civil",
        "صدور کارت هوشمند ملی",
        "Smart national card, first issue",
        "identity",
        "کارت ملی",
    ),
    (
        "CARD-002",
        "civil",
        "صدور المثنای کارت هوشمند ملی",
        "Duplicate smart national card",
        "lost",
        "کارت ملی گمشده",
    ),
    (
        "CARD-003",
        "civil",
        "بازنشانی رمز کارت هوشمند ملی",
        "PIN reset of the smart national card",
        "identity",
        "فراموشی پین",
    ),
    (
        "DRV-001",
        "police",
        "صدور گواهینامهٔ رانندگی پایهٔ سوم",
        "Driving licence, first issue",
        "driving",
        "امتحان رانندگی",
    ),
    (
        "DRV-002",
        "police",
        "تعویض گواهینامهٔ رانندگی",
        "Driving-licence exchange",
        "driving",
        "تمدید گواهینامه",
    ),
    ("PASS-001", "police", "صدور گذرنامه", "Passport issue", "travel", "پاسپورت"),
    ("PASS-002", "police", "تمدید گذرنامه", "Passport renewal", "travel", "تعویض پاسپورت"),
    (
        "VEH-001",
        "police",
        "نقل و انتقال خودرو",
        "Vehicle transfer",
        "vehicle",
        "سند ماشین، تعویض پلاک",
    ),
    ("VEH-002", "police", "اعلام تصادف رانندگی", "Accident notice", "vehicle", "کروکی"),
    (
        "MUN-001",
        "city",
        "پرداخت عوارض نوسازی",
        "Payment of the renovation charge",
        "home",
        "عوارض شهرداری",
    ),
    (
        "MUN-002",
        "city",
        "مجوز بازسازی ساختمان",
        "Building renovation permit",
        "home",
        "تعمیرات خانه",
    ),
    ("MUN-010", "city", "پروانهٔ ساختمانی", "Building permit", "home", "جواز ساخت"),
    (
        "EDU-001",
        "education",
        "گواهی اشتغال به تحصیل",
        "School attendance certificate",
        "study",
        "گواهی مدرسه",
    ),
    (
        "EDU-002",
        "education",
        "ارسال ریزنمرات به دانشگاه",
        "Transcript sent to a university",
        "study",
        "کارنامه",
    ),
    ("EDU-003", "education", "سفارش کتاب‌های درسی", "School-book order", "study", "کتاب مدرسه"),
    ("HLT-001", "health", "اطلاعیه‌های سلامت", "Health announcements", "health", "کرونا"),
    (
        "HLT-002",
        "health",
        "ثبت‌نام واکسن در شهر",
        "Vaccine sign-up by city",
        "health",
        "نوبت واکسیناسیون",
    ),
    (
        "SUB-003",
        "welfare",
        "ثبت‌نام یارانهٔ نقدی",
        "Cash subsidy sign-up",
        "low_income",
        "یارانه بگیران",
    ),
    (
        "INET-001",
        "mcit",
        "اینترنت رایگان سه دهک نخست",
        "Free internet for the three lowest deciles",
        "low_income",
        "اینترنت مجانی",
    ),
    (
        "JRN-001",
        "culture",
        "طرح حمایت از روزنامه‌نگاران",
        "Journalists' scheme",
        "work",
        "بیمهٔ خبرنگاران",
    ),
    ("FAM-001", "welfare", "طرح فرزندآوری", "Child-bearing scheme", "birth", "وام فرزند"),
    (
        "BIZ-001",
        "industry",
        "جواز تأسیس واحد صنعتی",
        "Permit to found an industrial unit",
        "work",
        "کارخانه",
    ),
    ("BIZ-002", "guilds", "پروانهٔ کسب صنفی", "Guild business permit", "work", "جواز مغازه"),
    ("BIZ-005", "welfare", "مجوز کسب‌وکار خانگی", "Home-business permit", "work", "مشاغل خانگی"),
]

# As it is typed: with the letters of another keyboard, without half-spaces, with errors, in other words, in part.
# The first code has to come first; all of them have to be among the first ten.
LABELLED = {
    "شناسنامه نوزاد": ["CERT-001"],
    "شناسنامۀ نوزاد": ["CERT-001"],
    "گرفتن شناسنامه برای بچه": ["CERT-001"],
    "ثبت ولادت": ["CERT-001"],
    "birth certificate": ["CERT-001"],
    "how do I get a birth certficate": ["CERT-001"],
    "تعويض شناسنامه": ["CERT-002"],
    "identity booklets exchange": ["CERT-002"],
    "گواهی فوت": ["CERT-003"],
    "ثبت وفات": ["CERT-003"],
    "death registraton": ["CERT-003"],
    "شناسنامه المثني": ["CERT-004"],
    "شناسنامه گم شده": ["CERT-004"],
    "duplicate identity booklet": ["CERT-004"],
    "کارت ملی": ["CARD-001", "CARD-002", "CARD-003"],
    "كارت هوشمند ملي": ["CARD-001", "CARD-002", "CARD-003"],
    "کارت‌های هوشمند ملی": ["CARD-001", "CARD-002", "CARD-003"],
    "smart national cards": ["CARD-001", "CARD-002", "CARD-003"],
    "المثنی کارت ملی": ["CARD-002"],
    "lost national card": ["CARD-002"],
    "رمز کارت ملی": ["CARD-003"],
    "پین کارت ملی یادم رفته": ["CARD-003"],
    "pin reset": ["CARD-003"],
    "صدور گواهینامه رانندگی": ["DRV-001"],
    "first driving license": ["DRV-001"],
    "تعویض گواهی نامه رانندگی": ["DRV-002"],
    "تمدید گواهینامه": ["DRV-002"],
    "تعویض گواهینامه‌ی رانندگي": ["DRV-002"],
    "drving licence exchange": ["DRV-002"],
    "تصدیق رانندگی": ["DRV-001", "DRV-002"],
    "گواهینامهرانندگی": ["DRV-001", "DRV-002"],
    "پاسپورت": ["PASS-001", "PASS-002"],
    "صدور پاسپورت": ["PASS-001"],
    "گذرنامه": ["PASS-001", "PASS-002"],
    "گذرنمه": ["PASS-001", "PASS-002"],
    "میخواهم پاسپورت بگیرم": ["PASS-001", "PASS-002"],
    "تمدید پاسپورت": ["PASS-002"],
    "passport renewal": ["PASS-002"],
    "passprot": ["PASS-001", "PASS-002"],
    "pass ۰۰۲": ["PASS-002"],
    "انتقال خودرو": ["VEH-001"],
    "انتقال ماشین": ["VEH-001"],
    "تعویض پلاک": ["VEH-001"],
    "car transfer": ["VEH-001"],
    "تصادف": ["VEH-002"],
    "تصادفات رانندگی": ["VEH-002"],
    "کروکي تصادف": ["VEH-002"],
    "accident notices": ["VEH-002"],
    "عوارض نوسازی": ["MUN-001"],
    "عوارض شهرداري": ["MUN-001"],
    "بازسازي ساختمان": ["MUN-002"],
    "مجوزهای بازسازی ساختمان": ["MUN-002"],
    "پروانهٔ ساختمانی": ["MUN-010"],
    "پــروانه ساختمان!": ["MUN-010"],
    "جواز ساخت": ["MUN-010"],
    "bilding permit": ["MUN-010"],
    "گواهی اشتغال به تحصیل": ["EDU-001"],
    "اشتغال بتحصیل": ["EDU-001"],
    "ریز نمرات دانشگاه": ["EDU-002"],
    "transcripts for university": ["EDU-002"],
    "کتاب درسی": ["EDU-003"],
    "كتابهاي درسي": ["EDU-003"],
    "school books": ["EDU-003"],
    "اطلاعیه سلامت": ["HLT-001"],
    "واکسن": ["HLT-002"],
    "واكسيناسيون": ["HLT-002"],
    "ثبت نام واکسن": ["HLT-002"],
    "vaccination": ["HLT-002"],
    "يارانه": ["SUB-003"],
    "ثبت نام یارانه": ["SUB-003"],
    "یارنه نقدی": ["SUB-003"],
    "cash subsidies": ["SUB-003"],
    "اینترنت رايگان": ["INET-001"],
    "ینترنت رایگان": ["INET-001"],
    "نت مجانی": ["INET-001"],
    "free internet": ["INET-001"],
    "inet ۰۰۱": ["INET-001"],
    "روزنامه نگار": ["JRN-001"],
    "بیمه خبرنگار": ["JRN-001"],
    "journalist scheme": ["JRN-001"],
    "فرزند آوری": ["FAM-001"],
    "وام فرزند": ["FAM-001"],
    "پروانه کسب": ["BIZ-002"],
    "جواز مغازه": ["BIZ-002"],
    "کسب و كار خانگي": ["BIZ-005"],
    "کسبوکار خانگی": ["BIZ-005"],
    "مشاغل خانگی": ["BIZ-005"],
    "home business": ["BIZ-005"],
}

_ACTIONS = [
    ("صدور", "Issue of"), ("تمدید", "Renewal of"), ("لغو", "Cancellation of"), ("اصلاح", "Correction of"),
    ("واگذاری", "Assignment of"), ("استعلام", "Inquiry about"), ("بازرسی", "Inspection of"),
    ("اعتراض به", "Objection to"), ("پیگیری", "Tracking of"), ("درخواست", "Application for"),
    ("تأیید", "Confirmation of"), ("تعلیق", "Suspension of"), ("ثبت", "Registration of"),
]  # fmt: skip
_THINGS = [
    ("پروانهٔ بهره‌برداری معدن", "mining permit"), ("کارت بازرگانی", "trade card"),
    ("مجوز حفر چاه", "well-drilling permit"), ("پروانهٔ صید", "fishing permit"),
    ("انشعاب آب", "water connection"), ("انشعاب برق", "electricity connection"),
    ("انشعاب گاز", "gas connection"), ("پروانهٔ داروخانه", "pharmacy permit"),
    ("مجوز آزمایشگاه", "laboratory permit"), ("پروانهٔ مهدکودک", "nursery permit"),
    ("بیمهٔ بیکاری", "unemployment insurance"), ("مستمری بازنشستگی", "retirement pension"),
    ("وام مسکن", "housing loan"), ("مجوز نشریه", "periodical permit"), ("پروانهٔ وکالت", "law practice permit"),
    ("گواهی بهداشت کالا", "goods health certificate"), ("مجوز واردات دارو", "medicine import permit"),
    ("کارت هوشمند رانندگان باری", "freight driver card"), ("مجوز دامداری", "livestock permit"),
    ("پروانهٔ گلخانه", "greenhouse permit"), ("گواهی استاندارد", "standards certificate"),
    ("مجوز ساخت سد", "dam construction permit"), ("پروانهٔ ساختمان صنعتی", "industrial building permit"),
    ("مجوز تابلوی شهری", "street sign permit"), ("گواهی عدم سوءپیشینه", "good conduct certificate"),
    ("کارت پایان خدمت", "end of service card"), ("گواهی مالیاتی", "tax certificate"),
    ("مجوز آموزشگاه رانندگی", "driving school permit"), ("کارت معاینهٔ فنی خودرو", "vehicle inspection card"),
    ("گواهی ثبت اختراع", "patent certificate"), ("مجوز پخش فیلم", "film release permit"),
    ("پروانهٔ هتل", "hotel permit"), ("مجوز دفتر خدمات مسافرتی", "travel agency permit"),
    ("گواهی کیفیت هوا", "air quality certificate"), ("مجوز برداشت شن", "sand extraction permit"),
    ("کارت ملی کشاورزی", "national farmer card"), ("گواهی مبدأ", "certificate of origin"),
    ("شناسنامهٔ ملک", "property booklet"), ("شناسنامهٔ گله", "herd booklet"),
    ("تسهیلات نوسازی ناوگان", "fleet renewal loan"), ("مجوز تاکسی اینترنتی", "internet taxi permit"),
]  # fmt: skip
_PLACES = [
    ("تهران", "Tehran"), ("اصفهان", "Isfahan"), ("فارس", "Fars"), ("گیلان", "Gilan"), ("مازندران", "Mazandaran"),
    ("خوزستان", "Khuzestan"), ("کرمان", "Kerman"), ("یزد", "Yazd"), ("همدان", "Hamadan"), ("سمنان", "Semnan"),
    ("قم", "Qom"), ("قزوین", "Qazvin"), ("زنجان", "Zanjan"), ("اردبیل", "Ardabil"), ("ایلام", "Ilam"),
    ("بوشهر", "Bushehr"), ("لرستان", "Lorestan"), ("مرکزی", "Markazi"), ("هرمزگان", "Hormozgan"),
    ("گلستان", "Golestan"), ("البرز", "Alborz"), ("کردستان", "Kurdistan"),
]  # fmt: skip
_CHANNELS = ["web", "mobile", "sms", "counter", "post", "phone"]
_LIFE_EVENTS = sorted({known[4] for known in KNOWN})
_BODIES = sorted({known[1] for known in KNOWN})


def authorities() -> Iterator[tuple[str, dict[str, str], str | None]]:
    """Code, name and parent: a government, the bodies below it, and in each place a branch of each of them."""
    yield "state", {"fa": "دولت", "en": "State"}, None
    for body in _BODIES:
        yield body, {"fa": f"دستگاه {body}", "en": f"Body {body}"}, "state"
        for number, (fa, en) in enumerate(_PLACES):
            yield f"{body}_{number}", {"fa": f"دستگاه {body} {fa}", "en": f"Body {body} {en}"}, body


def cards(count: int) -> Iterator[Card]:
    """That many: the known ones first, then names of real activities where they lie here, then made ones."""
    yield from islice(_every(Random(6)), count)


def _every(random: Random) -> Iterator[Card]:
    for code, authority, fa, en, life_event, also in KNOWN:
        name = {"fa": fa, "en": en}
        yield _card(code, authority, name, random) | {
            "life_events": [life_event],
            "keywords": {"fa": [also], "en": []},
        }
    for number, name in enumerate(_real_names()):
        yield _card(f"REAL-{number:05}", "city", {"fa": name, "en": name}, random)
    number = 0
    while True:
        action, thing, place = (random.choice(each) for each in (_ACTIONS, _THINGS, _PLACES))
        name = {
            "fa": f"{action[0]} {thing[0]} در {place[0]}",
            "en": f"{action[1]} {thing[1]} in {place[1]}",
        }
        body = f"{random.choice(_BODIES)}_{random.randrange(len(_PLACES))}"
        yield _card(f"MADE-{number:05}", body, name, random)
        number += 1


def _real_names() -> list[str]:
    folder = os.environ.get("PANJAREH_CASES_DIR")
    names: set[str] = set()
    for file in sorted(Path(folder).glob("*.csv")) if folder else ():
        with file.open(encoding="utf-8", newline="") as lines:
            names |= {row["concept:name"] for row in csv.DictReader(lines) if row["concept:name"]}
    return sorted(names)


def _card(code: str, authority: str, name: dict[str, str], random: Random) -> Card:
    decided = random.choice(["rules", "officers"])
    field = {"type": "string"} | ({"format": "panjareh-file"} if random.random() < 0.3 else {})
    return {
        "format": 2,
        "code": code,
        "authority": authority,
        "name": name,
        "description": {
            "fa": f"با این خدمت کار «{name['fa']}» را برخط انجام می‌دهید و نتیجه را همین‌جا می‌بینید.",
            "en": f"With this service you have “{name['en']}” done online and see here what came of it.",
        },
        "keywords": {"fa": [], "en": []},
        "life_events": random.sample(_LIFE_EVENTS, random.randrange(3)),
        "audience": random.choice(["persons", "organisations", "anyone"]),
        "required_loa": random.randint(1, 4),
        "decision_mode": decided,
        "time_limit_days": random.choice([5, 10, 20, 30]),
        "fee": {"amount": 0, "currency": "IRR"},
        "channels": [
            {"channel": channel, "open": None}
            for channel in random.sample(_CHANNELS, random.randint(1, 4))
        ],
        "steps": [{"fa": "درخواست را می‌نویسید.", "en": "You write the request.", "minutes": 5}],
        "form": {"type": "object", "additionalProperties": False, "properties": {"note": field}},
        "evidence": [],
        "output": None,
        "appeal": {"fa": "اعتراض در همین پنجره", "en": "Appeal in this window"},
        "legal_basis": {"fa": "نمونه", "en": "Sample"},
        "sample": True,
    }


PUT = (
    "INSERT INTO public_service (code, version, authority, card, life_events, title, search, published_at)"
    " VALUES (%(code)s, 1, %(authority)s, %(card)s, %(life_events)s, %(title)s, %(search)s, now())"
)
"""A card from `row`, as publishing leaves it in the table."""


def fill(url: str, every: Iterator[Card]) -> None:
    """Puts authorities and cards into the tables of a migrated catalogue, as publishing leaves them there."""
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO authority (code, name, parent) VALUES (%s, %s, %s)",
            [(code, Jsonb(name), parent) for code, name, parent in authorities()],
        )
        cursor.executemany(
            PUT,
            [row(card) for card in every],
        )
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def row(card: Card) -> dict[str, Any]:
    texts = [*card["name"].values(), card["code"]]
    described = [*texts, *card["description"].values()]
    described += [word for words in card["keywords"].values() for word in words]
    return {
        **{name: card[name] for name in ("code", "authority", "life_events")},
        "card": Json(card),
        "title": "\n".join(texts),
        "search": "\n".join(described),
    }
