"""What `panjareh ops` says to people, in the languages the command speaks."""

from __future__ import annotations

_TEXTS = {
    "en": {
        "not_up": "the platform is not up here; start it with `panjareh up`",
        "local_or_cluster": "--local does not go with --context or --namespace.",
        "say_yes": "This changes something: say --yes.",
        "go_on": "Go on?",
        "nothing_done": "Nothing was done.",
        "well": "Nothing is wrong.",
        "unwell": "What is wrong:",
        "no_broker": "The broker was not asked: no PANJAREH_AMQP_URL is set (docs/operations/ops.md).",
        "processes": "Processes",
        "followers": "Followers and due work",
        "queues": "Queues",
        "migrations": "Migrations",
        "ages": "Certificates and keys",
        "no_letters": "No dead letters.",
        "findings": "Findings",
        "mend": "How to mend it",
        "all_fits": "Everything that was looked at is as the platform needs it.",
        "drain_local": "Locally stop the platform with `panjareh down`: what lies in queues stays there.",
        "rotate_local": "Locally keys are made from secrets.json at every start; rotating is for a release on Kubernetes.",
        "drain_will": "{service}: {names} go to no pods. Each finishes what it has in hand; its queues keep what comes.",
        "undo_will": "{service}: {names} come back.",
        "drained": "{service} is drained. Back again with: panjareh ops drain {service} --undo",
        "undone": "{service} works again.",
        "replay_will": "{count} messages of {queue} go back to the queues they died in; a repeat changes nothing there.",
        "discard_will": "{count} messages of {queue} are thrown away, for good: {ids}",
        "no_such_letters": "In {queue} there is no message with the id {ids}.",
        "replayed": "{moved} of {found} messages went back.",
        "discarded": "{moved} messages are gone.",
        "rebuild_will": "{view} is made again from the events, beside the running one, by the Job {job}.",
        "rotate_will": (
            "{service} gets a new signing key {kid}. Its public half goes into {secrets}, and these restart; then "
            "{service} signs with it. What was signed with {old} stays verifiable."
        ),
        "rotated": "{service} signs with {kid}; {old} still verifies.",
        "backup_done": "The backup is in {folder} ({megabytes} MB, {seconds} s), and every file of it was checked.",
        "restore_will": "From {backup} a data folder is made in {folder}; the running platform is not touched.",
        "restored": "Restored, migrated and verified: {folder}. To serve it: PANJAREH_HOME={folder} panjareh up",
        "rehearsed": "Rehearsed: {backup} restores, migrates and verifies ({seconds} s). Nothing is left of it.",
        "not_verified": "Restored, but not every log is as it was signed for: {services}. It stays in {folder}.",
    },
    "fa": {
        "not_up": "پلتفرم اینجا برپا نیست؛ با `panjareh up` راهش بیندازید",
        "local_or_cluster": "‎--local با ‎--context یا ‎--namespace نمی‌آید.",
        "say_yes": "این کار چیزی را تغییر می‌دهد: ‎--yes بگویید.",
        "go_on": "ادامه می‌دهید؟",
        "nothing_done": "کاری انجام نشد.",
        "well": "اشکالی نیست.",
        "unwell": "اشکال‌ها:",
        "no_broker": "از کارگزار پیام پرسیده نشد: PANJAREH_AMQP_URL تعیین نشده است (docs/operations/ops.md).",
        "processes": "فرایندها",
        "followers": "دنبال‌کننده‌ها و کارهای سررسید",
        "queues": "صف‌ها",
        "migrations": "مهاجرت‌های پایگاه داده",
        "ages": "گواهی‌ها و کلیدها",
        "no_letters": "پیام ناموفقی نیست.",
        "findings": "یافته‌ها",
        "mend": "راه چاره",
        "all_fits": "هر چه بررسی شد همان است که پلتفرم لازم دارد.",
        "drain_local": "روی این ماشین پلتفرم را با `panjareh down` متوقف کنید: آنچه در صف‌هاست می‌ماند.",
        "rotate_local": "روی این ماشین کلیدها هر بار از secrets.json ساخته می‌شوند؛ تعویض کلید برای Kubernetes است.",
        "drain_will": "{service}: {names} بی‌پاد می‌شوند. هر کدام کار در دستش را تمام می‌کند و صف‌هایش پیام‌ها را نگه می‌دارند.",
        "undo_will": "{service}: {names} برمی‌گردند.",
        "drained": "{service} تخلیه شد. بازگشت: panjareh ops drain {service} --undo",
        "undone": "{service} دوباره کار می‌کند.",
        "replay_will": "{count} پیام از {queue} به صفی که در آن ناموفق شدند برمی‌گردد؛ تکرار چیزی را تغییر نمی‌دهد.",
        "discard_will": "{count} پیام از {queue} برای همیشه دور ریخته می‌شود: {ids}",
        "no_such_letters": "در {queue} پیامی با شناسهٔ {ids} نیست.",
        "replayed": "{moved} از {found} پیام بازگردانده شد.",
        "discarded": "{moved} پیام دور ریخته شد.",
        "rebuild_will": "{view} کنار نمای در حال کار از رویدادها دوباره ساخته می‌شود، با {job}.",
        "rotate_will": (
            "{service} کلید امضای تازهٔ {kid} می‌گیرد. نیمهٔ عمومی آن به {secrets} افزوده و آن‌ها دوباره راه انداخته "
            "می‌شوند؛ سپس {service} با آن امضا می‌کند. امضاهای {old} همچنان بررسی‌پذیرند."
        ),
        "rotated": "{service} با {kid} امضا می‌کند؛ {old} همچنان بررسی‌پذیر است.",
        "backup_done": "پشتیبان در {folder} است ({megabytes} مگابایت، {seconds} ثانیه) و همهٔ پرونده‌هایش بررسی شد.",
        "restore_will": "از {backup} پوشهٔ داده‌ای در {folder} ساخته می‌شود؛ به پلتفرم در حال کار دست نمی‌خورد.",
        "restored": "بازیابی، مهاجرت و راستی‌آزمایی شد: {folder}. راه‌اندازی: PANJAREH_HOME={folder} panjareh up",
        "rehearsed": "تمرین شد: {backup} بازیابی، مهاجرت و راستی‌آزمایی می‌شود ({seconds} ثانیه). چیزی از آن نماند.",
        "not_verified": "بازیابی شد ولی همهٔ دفترها با امضاها نمی‌خوانند: {services}. در {folder} می‌ماند.",
    },
}


def text(key: str, lang: str, **values: object) -> str:
    return _TEXTS.get(lang, _TEXTS["en"])[key].format(**values)
