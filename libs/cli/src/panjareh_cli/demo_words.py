"""What the demo says, in Persian; the English stands where it is said."""

from __future__ import annotations

from panjareh_common.texts import in_digits

FA = {
    "The platform runs at {url}.": "سامانه در {url} برپاست.",
    "The platform does not run here; it is started for the demo.": "سامانه اینجا برپا نیست؛ برای نمایش راه می‌افتد.",
    "{name} signs up with a password …": "{name} با گذرواژه ثبت‌نام می‌کند …",
    "… confirms the mobile with a one-time code …": "… تلفن همراه را با کد یک‌بارمصرف تأیید می‌کند …",
    "… is matched with the civil registry: assurance level {level}.": "… با ثبت احوال تطبیق داده می‌شود: سطح اطمینان {level}.",
    "{name}, one of the sandbox's people, was signed up here with another "
    "password than the demo's. Give the demo a data folder of its own in PANJAREH_HOME.": "{name}، از آدم‌های محیط آزمایشی، پیش‌تر اینجا با گذرواژه‌ای جز گذرواژهٔ نمایش ثبت‌نام شده است. "
    "در PANJAREH_HOME پوشهٔ داده‌ای جدا به نمایش بدهید.",
    "An officer of “{authority}” signs in.": "کارشناس «{authority}» وارد می‌شود.",
    "All of it took {seconds} s": "همهٔ این‌ها {seconds} ثانیه کشید",
    "Look around: {url} and {url}/api/docs": "خودتان ببینید: {url} و {url}/api/docs",
    "1. A smart service: no paper, every inquiry online, no human": "۱. خدمتی هوشمند: بی‌کاغذ، همهٔ استعلام‌ها برخط، بی‌دخالت انسان",
    "2. A service that an officer decides: driving-licence exchange": "۲. خدمتی که کارشناس دربارهٔ آن تصمیم می‌گیرد: تعویض گواهینامهٔ رانندگی",
    "3. A refusal, with its reasons": "۳. رد درخواست، با دلیل‌های آن",
    "4. An authority is down: the request waits, is tried again, and completes": "۴. دستگاهی از کار افتاده است: درخواست می‌ماند، دوباره پرسیده می‌شود و کامل می‌شود",
    "5. Real cases: a municipality's past permit requests come in with their own times": "۵. پرونده‌های واقعی: درخواست‌های گذشتهٔ یک شهرداری با زمان‌های خودشان وارد می‌شوند",
    "Types “{words}” and finds “{name}”.": "می‌نویسد «{words}» و «{name}» را می‌یابد.",
    "Asks for “{name}” ({code}).": "«{name}» را درخواست می‌کند ({code}).",
    "Reference {number}, with a signed receipt.": "شمارهٔ پیگیری {number}، با رسید امضاشده.",
    "Granted after {seconds} s: {reason}": "پس از {seconds} ثانیه پذیرفته شد: {reason}",
    "Refused after {seconds} s: {reason}": "پس از {seconds} ثانیه رد شد: {reason}",
    "Document {number}: {title}.": "سند {number}: {title}.",
    "Anyone can check it: genuine {genuine}, valid {valid}, until {until}.": "هر کس می‌تواند آن را بسنجد: اصیل {genuine}، معتبر {valid}، تا {until}.",
    "The request stands in the queue of the police; the officer starts the review …": "درخواست در صف پلیس است؛ کارشناس بررسی را آغاز می‌کند …",
    "… and grants it, with a reason.": "… و با ذکر دلیل می‌پذیرد.",
    "The demonstration shows this request from its beginning to its end.": "نمایش این درخواست را از آغاز تا پایان نشان می‌دهد.",
    "The old licence is valid and the record is clear.": "گواهینامهٔ پیشین معتبر است و در سابقه تخلفی نیست.",
    "By the law: {law}.": "بنا بر قانون: {law}.",
    "And why, condition by condition:": "و چرا، شرط به شرط:",
    "{text}": "{text}",
    "The welfare database is switched off: its port refuses every connection.": "پایگاه دادهٔ رفاه خاموش می‌شود: درگاه آن هیچ اتصالی را نمی‌پذیرد.",
    "The person sees: {text}": "متقاضی می‌بیند: {text}",
    "The welfare database is back; nobody has to do anything.": "پایگاه دادهٔ رفاه بازگشته است؛ هیچ کس لازم نیست کاری بکند.",
    "{file} is not in {folder} (PANJAREH_CASES_DIR); the small sample is used.": "{file} در {folder} نیست (PANJAREH_CASES_DIR)؛ نمونهٔ کوچک به کار می‌رود.",
    "{file}: {cases} cases, {steps} steps, {speed} cases/s; {changes}.": "{file}: {cases} پرونده، {steps} گام، {speed} پرونده در ثانیه؛ {changes}.",
    "Importing again changes nothing: {changes}.": "ورود دوباره چیزی را دگرگون نمی‌کند: {changes}.",
    "Rows that cannot be read are told with file and line; the rest goes in:": "سطرهایی که خوانده نمی‌شوند با فایل و شمارهٔ سطر گفته می‌شوند؛ بقیه وارد می‌شود:",
    "The longest case, {case}:": "درازترین پرونده، {case}:",
}


def said(sentence: str, language: str, **values: object) -> str:
    """The sentence in a language, with its places filled; numbers in the digits of the language."""
    template = FA[sentence] if language == "fa" else sentence
    return template.format(**{name: in_digits(value, language) for name, value in values.items()})
