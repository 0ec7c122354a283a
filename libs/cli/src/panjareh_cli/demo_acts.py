"""The acts of the demo, each over public HTTP only, as a person, an officer or an authority would."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import Any
from uuid import uuid4

import yaml
from rich.rule import Rule

from panjareh_cli.cases import log as logs
from panjareh_cli.cases import mapping as mappings
from panjareh_cli.cases.folder import cases_folder
from panjareh_cli.cases.importer import Importer, Outcome
from panjareh_cli.client import Client, NotSet, Place, ProblemError, SandboxCodes, Unreachable
from panjareh_cli.demo_words import said
from panjareh_cli.output import Options, console, say, table, word
from panjareh_common.texts import day_in_words, in_digits
from panjareh_sandbox import demo as sandbox
from panjareh_sandbox.demo import Persona

PASSWORD = "a sandbox password that everybody knows"  # noqa: S105 - made-up people, made-up password
_PATIENCE = 60.0
_LOG = "permit-receipts.csv"
_REASON = "The old licence is valid and the record is clear."
_EARLY = "The demonstration shows this request from its beginning to its end."

Told = dict[str, Any]


class Stage:
    """Where the demo plays, who is signed in, and how it is told."""

    def __init__(self, where: Place, options: Options) -> None:
        self.where = where
        self.options = options
        self._quiet = options.json

    def title(self, sentence: str, **values: object) -> None:
        if not self._quiet:
            say()
            console().print(Rule(said(sentence, self.options.lang, **values), align="left"))

    def tell(self, sentence: str, **values: object) -> None:
        """A sentence of demo_words.py, its places filled, in the language of the command."""
        if not self._quiet:
            say(f"  {said(sentence, self.options.lang, **values)}")

    def word(self, key: str) -> str:
        return word(key, self.options.lang)

    def name_of(self, about: Persona) -> str:
        persian = f"{about.given_name} {about.family_name}"
        return persian if self.options.lang == "fa" else about.name_en

    def rows(self, headings: tuple[str, ...], rows: list[tuple[object, ...]]) -> None:
        if not self._quiet:
            table(headings, rows, lang=self.options.lang)

    def client(self) -> Client:
        return Client(self.where.url, lang=self.options.lang)

    def sandbox(self) -> Client:
        assert self.where.sandbox_url is not None
        return Client(self.where.sandbox_url)

    def person(self, key: str) -> tuple[Persona, Client]:
        """One of the sandbox's people, signed up, matched and at the assurance that services ask for."""
        about = next(person for person in sandbox.personas() if person.key == key)
        client = self.client()
        self._sign_up(client, about)
        self.tell("{name} signs up with a password …", name=self.name_of(about))
        self._sign_in(client, about)
        self.tell("… confirms the mobile with a one-time code …")
        raised = client.post("/api/v1/sessions/step-up", {"method": "civil_registry"})
        client.token = str(raised["access_token"])
        self.tell(
            "… is matched with the civil registry: assurance level {level}.", level=raised["loa"]
        )
        return about, client

    def _sign_up(self, client: Client, about: Persona) -> None:
        client.post(
            "/api/v1/persons",
            {
                "national_id": about.national_id,
                "mobile": about.mobile,
                "password": PASSWORD,
                "given_name": about.given_name,
                "family_name": about.family_name,
                "birth_date": about.birth_date.isoformat(),
                "privacy_statement": client.get("/api/v1/privacy-statement")["version"],
            },
        )

    def _sign_in(self, client: Client, about: Persona) -> None:
        try:
            client.sign_in(about.national_id, PASSWORD, self._codes(about.mobile))
        except ProblemError as problem:
            if problem.code != "wrong_credentials":
                raise
            sentence = (
                "{name}, one of the sandbox's people, was signed up here with another "
                "password than the demo's. Give the demo a data folder of its own in PANJAREH_HOME."
            )
            name = self.name_of(about)
            raise NotSet(said(sentence, self.options.lang, name=name)) from problem

    def officer(self, authority: str) -> Client:
        listed = yaml.safe_load(sandbox.officers_file().read_text(encoding="utf-8"))["officers"]
        about = next(officer for officer in listed if officer["authority"] == authority)
        client = self.client()
        client.sign_in(about["national_id"], about["password"], self._codes(about["mobile"]))
        name = client.get(f"/api/v1/authorities/{authority}")["name"]
        self.tell("An officer of “{authority}” signs in.", authority=name)
        return client

    def _codes(self, mobile: str) -> SandboxCodes:
        assert self.where.sandbox_url is not None
        return SandboxCodes(self.where.sandbox_url, mobile)


def play(stage: Stage) -> dict[str, Any]:
    """All acts in order; what came out of each, for programs."""
    began = time.monotonic()
    told = {
        "smart_service": smart_service(stage),
        "officer_decided": officer_decided(stage),
        "refusal": refusal(stage),
        "authority_down": authority_down(stage),
        "real_cases": real_cases(stage),
    }
    stage.title("All of it took {seconds} s", seconds=round(time.monotonic() - began, 1))
    stage.tell("Look around: {url} and {url}/api/docs", url=stage.where.url)
    return told


def smart_service(stage: Stage) -> Told:
    stage.title("1. A smart service: no paper, every inquiry online, no human")
    about, person = stage.person("granted")
    with person:
        _find(stage, person, "اينترنت مجاني" if stage.options.lang == "fa" else "free intrenet")
        submitted = _submit(stage, person, "INET-001", _internet_form(about))
        decided = _decided(stage, person, submitted)
        output = decided["output"]
        verified = person.get(f"/api/v1/documents/{output['number']}/verification")
        stage.tell(
            "Document {number}: {title}.",
            number=_grouped(output["number"]),
            title=output["title"],
        )
        stage.tell(
            "Anyone can check it: genuine {genuine}, valid {valid}, until {until}.",
            genuine=stage.word("yes" if verified["genuine"] else "no"),
            valid=stage.word("yes" if verified["valid"] else "no"),
            until=day_in_words(_moment(output["valid_until"]).date(), stage.options.lang),
        )
        steps = _timeline(stage, person, submitted)
    return {
        "outcome": decided["outcome"],
        "document": output["number"],
        "verified": verified["genuine"] and verified["valid"],
        "steps": len(steps),
    }


def officer_decided(stage: Stage) -> Told:
    stage.title("2. A service that an officer decides: driving-licence exchange")
    _, person = stage.person("at_the_limit")
    with person:
        form = {
            "old_licence_number": "1234567890",
            "licence_class": "class_3",
            "photo_colour": "colour",
        }
        submitted = _submit(stage, person, "DRV-002", form)
        _until(stage, person, submitted, lambda request: request["status"] == "under_review")
        with stage.officer("police") as officer:
            mine = submitted["request_id"]
            _in_queue(officer, mine)
            stage.tell(
                "The request stands in the queue of the police; the officer starts the review …"
            )
            # Whoever tries the platform may have left others in the queue.
            early = {"out_of_order": said(_EARLY, stage.options.lang)}
            officer.post(f"/agency/v1/requests/{mine}/review", early, idempotency_key=_key())
            officer.post(
                f"/agency/v1/requests/{mine}/decision",
                early
                | {
                    "outcome": "granted",
                    "reason": said(_REASON, stage.options.lang),
                },
                idempotency_key=_key(),
            )
            stage.tell("… and grants it, with a reason.")
        decided = _decided(stage, person, submitted)
        _timeline(stage, person, submitted)
    return {"outcome": decided["outcome"], "document": decided["output"]["number"]}


def refusal(stage: Stage) -> Told:
    stage.title("3. A refusal, with its reasons")
    about, person = stage.person("income_too_high")
    with person:
        submitted = _submit(stage, person, "INET-001", _internet_form(about))
        decided = _decided(stage, person, submitted)
        stage.tell("By the law: {law}.", law=decided["law"])
        stage.tell("And why, condition by condition:")
        path = f"/api/v1/requests/{submitted['request_id']}/explanation"
        for row in person.get(path)["rows"]:
            if row["fits"]:
                for condition in row["conditions"]:
                    stage.tell("{text}", text=condition["text"])
    return {"outcome": decided["outcome"], "reason": decided["reason"]}


def authority_down(stage: Stage) -> Told:
    stage.title("4. An authority is down: the request waits, is tried again, and completes")
    about, person = stage.person("granted")
    with person, stage.sandbox() as switch:
        switch.call("PUT", "/authorities/welfare", body={"mode": "down"})
        stage.tell("The welfare database is switched off: its port refuses every connection.")
        try:
            submitted = _submit(stage, person, "INET-001", _internet_form(about))
            waiting = _wait(lambda: _delay(person, submitted), bool)
            stage.tell("The person sees: {text}", text=waiting["text"])
        finally:
            switch.call("PUT", "/authorities/welfare", body={"mode": "up"})
        stage.tell("The welfare database is back; nobody has to do anything.")
        decided = _decided(stage, person, submitted)
        _timeline(stage, person, submitted)
    return {"outcome": decided["outcome"], "delayed": True}


def real_cases(stage: Stage) -> Told:
    stage.title("5. Real cases: a municipality's past permit requests come in with their own times")
    path = cases_folder() / _LOG
    real = path.is_file()
    if not real:
        path = _sample("permits-sample.csv")
        stage.tell(
            "{file} is not in {folder} (PANJAREH_CASES_DIR); the small sample is used.",
            file=_LOG,
            folder=cases_folder(),
        )
    with stage.officer("municipality") as officer:
        log, first = _import(officer, path)
        stage.tell(
            "{file}: {cases} cases, {steps} steps, {speed} cases/s; {changes}.",
            file=log.file,
            cases=len(log.cases),
            steps=log.events,
            speed=round(first.cases_per_second),
            changes=_changes(stage, first),
        )
        _, again = _import(officer, path)
        stage.tell("Importing again changes nothing: {changes}.", changes=_changes(stage, again))
        stage.rows(("channel", "cases"), _counted(stage, log, lambda case: case["channel"]))
        stage.rows(("state", "cases"), _counted(stage, log, _state))
        faulty, _ = _import(officer, _sample("permits-sample-with-faults.csv"))
        stage.tell("Rows that cannot be read are told with file and line; the rest goes in:")
        stage.rows(
            ("file", "line", "problem"),
            [(fault.file, fault.line, fault.text) for fault in faulty.problems],
        )
        case = max(log.cases, key=lambda one: len(one["steps"]))["case"]
        request_id = str(first.results[case]["request_id"])
        steps = officer.get(f"/agency/v1/requests/{request_id}/timeline")["items"]
        stage.tell("The longest case, {case}:", case=case)
        stage.rows(
            ("at", "step", "who", "channel"),
            [
                (_time(s["at"]), s["text"], s["actor"] or "", stage.word(s["channel"]))
                for s in steps
            ],
        )
    return {
        "file": log.file,
        "real": real,
        "cases": len(log.cases),
        "cases_per_second": round(first.cases_per_second, 1),
        "again": dict(again.changes),
        "channels": _counts(log, lambda case: case["channel"]),
        "states": _counts(log, _state),
        "problems": len(faulty.problems),
    }


def _find(stage: Stage, person: Client, words: str) -> None:
    """Searches as people type; whatever is found first is told."""
    found = person.get("/api/v1/services", q=words)["items"][0]
    stage.tell("Types “{words}” and finds “{name}”.", words=words, name=found["name"])


def _submit(stage: Stage, person: Client, service: str, form: Mapping[str, Any]) -> Told:
    about = person.get(f"/api/v1/services/{service}")
    stage.tell("Asks for “{name}” ({code}).", name=about["name"], code=service)
    submitted = person.post(
        f"/api/v1/services/{service}/requests", {"form": form}, idempotency_key=_key()
    )
    reference = _grouped(submitted["reference"])
    stage.tell("Reference {number}, with a signed receipt.", number=reference)
    return submitted


def _decided(stage: Stage, person: Client, submitted: Told) -> Told:
    decided = _until(stage, person, submitted, lambda request: request["outcome"] is not None)
    began, ended = _moment(decided["submitted_at"]), _moment(decided["changed_at"])
    granted = decided["outcome"] == "granted"
    stage.tell(
        "Granted after {seconds} s: {reason}" if granted else "Refused after {seconds} s: {reason}",
        seconds=round((ended - began).total_seconds(), 2),
        reason=decided["reason"],
    )
    return decided


def _until(stage: Stage, person: Client, submitted: Told, holds: Callable[[Told], bool]) -> Told:
    path = f"/api/v1/requests/{submitted['request_id']}"
    return dict(_wait(lambda: person.get(path), holds))


def _wait(look: Callable[[], Any], holds: Callable[[Any], bool]) -> Any:
    """Looks until a condition holds. Raises Unreachable, with what to look at, after a minute."""
    pause, deadline = threading.Event(), time.monotonic() + _PATIENCE
    while not holds(seen := look()):
        if time.monotonic() > deadline:
            raise Unreachable(
                f"Nothing changed within {_PATIENCE:.0f} s. See `panjareh status` and the logs."
            )
        pause.wait(0.05)
    return seen


def _in_queue(officer: Client, request_id: str) -> None:
    """Looks through the queue, page by page, as an officer would."""
    after: dict[str, str] = {}
    while True:
        page = officer.get("/agency/v1/requests", limit="100", **after)
        if any(item["request_id"] == request_id for item in page["items"]):
            return
        if not page["next"]:
            raise Unreachable("The request does not stand in the queue of the police.")
        after = {"after": page["next"]}


def _delay(person: Client, submitted: Told) -> Told | None:
    items = person.get(f"/api/v1/requests/{submitted['request_id']}/timeline")["items"]
    return next((item for item in items if item["kind"] == "EvidenceDelayed"), None)


def _timeline(stage: Stage, person: Client, submitted: Told) -> list[Told]:
    steps = list(person.get(f"/api/v1/requests/{submitted['request_id']}/timeline")["items"])
    stage.rows(
        ("at", "step", "role"),
        [(_time(s["at"]), s["text"], stage.word(s["actor_role"])) for s in steps],
    )
    return steps


def _import(officer: Client, path: Path) -> tuple[logs.Log, Outcome]:
    mapping = mappings.for_log(path)
    log = logs.read(path, mapping)
    importer = Importer(
        officer,
        source=mapping.source,
        service_code=mapping.service_code,
        on_progress=lambda cases: None,
    )
    return log, importer.send(log.cases)


def _sample(name: str) -> Path:
    return Path(str(resources.files("panjareh_cli.cases.sample").joinpath(name)))


def _counts(log: logs.Log, what: Callable[[Any], str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for case in log.cases:
        counts[what(case)] = counts.get(what(case), 0) + 1
    return dict(sorted(counts.items(), key=lambda entry: -entry[1]))


def _counted(stage: Stage, log: logs.Log, what: Callable[[Any], str]) -> list[tuple[object, ...]]:
    return [(stage.word(key), count) for key, count in _counts(log, what).items()]


def _state(case: Any) -> str:
    return "closed" if case["ended_at"] else "open"


def _changes(stage: Stage, outcome: Outcome) -> str:
    told = [
        f"{in_digits(count, stage.options.lang)} {stage.word(change)}"
        for change, count in outcome.changes.items()
    ]
    return ("، " if stage.options.lang == "fa" else ", ").join(told) or stage.word("none")


def _internet_form(about: Persona) -> Told:
    return {"mobile_number": about.mobile, "consent": True}


def _grouped(number: str) -> str:
    return " ".join(number[at : at + 4] for at in range(0, len(number), 4))


def _key() -> str:
    return str(uuid4())


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _time(text: str) -> str:
    return f"{_moment(text):%Y-%m-%d %H:%M:%S.%f}"[:-3]
