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
from panjareh_cli.output import Options, console, say, table
from panjareh_sandbox import demo as sandbox
from panjareh_sandbox.demo import Persona

PASSWORD = "a sandbox password that everybody knows"  # noqa: S105 - made-up people, made-up password
_PATIENCE = 60.0
_LOG = "permit-receipts.csv"

Told = dict[str, Any]


class Stage:
    """Where the demo plays, who is signed in, and how it is told."""

    def __init__(self, where: Place, options: Options) -> None:
        self.where = where
        self.options = options
        self._quiet = options.json

    def title(self, text: str) -> None:
        if not self._quiet:
            say()
            console().print(Rule(text, align="left"))

    def tell(self, text: str) -> None:
        if not self._quiet:
            say(f"  {text}")

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
        self.tell(f"{about.name_en} signs up with a password …")
        self._sign_in(client, about)
        self.tell("… confirms the mobile with a one-time code …")
        raised = client.post("/api/v1/sessions/step-up", {"method": "civil_registry"})
        client.token = str(raised["access_token"])
        self.tell(f"… is matched against the civil registry: assurance level {raised['loa']}.")
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
            raise NotSet(
                f"{about.name_en}, one of the sandbox's people, was signed up here with another "
                "password than the demo's. Give the demo a data folder of its own in PANJAREH_HOME."
            ) from problem

    def officer(self, authority: str) -> Client:
        listed = yaml.safe_load(sandbox.officers_file().read_text(encoding="utf-8"))["officers"]
        about = next(officer for officer in listed if officer["authority"] == authority)
        client = self.client()
        client.sign_in(about["national_id"], about["password"], self._codes(about["mobile"]))
        self.tell(f"An officer of the authority “{authority}” signs in.")
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
    stage.title(f"All of it took {time.monotonic() - began:.1f} s")
    stage.tell(f"Look around: {stage.where.url} and {stage.where.url}/api/docs")
    return told


def smart_service(stage: Stage) -> Told:
    stage.title("1. A smart service: no paper, every inquiry online, no human")
    about, person = stage.person("granted")
    with person:
        submitted = _submit(stage, person, "INET-001", _internet_form(about))
        decided = _decided(stage, person, submitted)
        output = decided["output"]
        verified = person.get(f"/api/v1/documents/{output['number']}/verification")
        stage.tell(f"Document {_grouped(output['number'])}: {output['title']}.")
        stage.tell(
            "Anyone can check it: "
            f"genuine {_yes(verified['genuine'])}, valid {_yes(verified['valid'])}, "
            f"until {output['valid_until'][:10]}."
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
            officer.post(f"/agency/v1/requests/{mine}/review", {}, idempotency_key=_key())
            officer.post(
                f"/agency/v1/requests/{mine}/decision",
                {
                    "outcome": "granted",
                    "reason": "The old licence is valid and the record is clear.",
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
        stage.tell(f"By the law: {decided['law']}.")
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
            stage.tell(f"The person sees: {waiting['text']}")
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
            f"{_LOG} is not in {cases_folder()} (PANJAREH_CASES_DIR); the small sample is used."
        )
    with stage.officer("municipality") as officer:
        log, first = _import(officer, path)
        stage.tell(
            f"{log.file}: {len(log.cases)} cases, {log.events} steps, "
            f"{first.cases_per_second:.0f} cases/s; {_changes(first)}."
        )
        _, again = _import(officer, path)
        stage.tell(f"Importing again changes nothing: {_changes(again)}.")
        stage.rows(("channel", "cases"), list(_counts(log, lambda case: case["channel"]).items()))
        stage.rows(("state", "cases"), list(_counts(log, _state).items()))
        faulty, _ = _import(officer, _sample("permits-sample-with-faults.csv"))
        stage.tell("Rows that cannot be read are told with file and line; the rest goes in:")
        stage.rows(
            ("file", "line", "problem"),
            [(fault.file, fault.line, fault.text) for fault in faulty.problems],
        )
        case = max(log.cases, key=lambda one: len(one["steps"]))["case"]
        request_id = str(first.results[case]["request_id"])
        steps = officer.get(f"/agency/v1/requests/{request_id}/timeline")["items"]
        stage.tell(f"The longest case, {case}:")
        stage.rows(
            ("at", "step", "who", "channel"),
            [(_time(s["at"]), s["text"], s["actor"] or "", s["channel"]) for s in steps],
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


def _submit(stage: Stage, person: Client, service: str, form: Mapping[str, Any]) -> Told:
    about = person.get(f"/api/v1/services/{service}")
    stage.tell(f"Asks for “{about['name']}” ({service}).")
    submitted = person.post(
        f"/api/v1/services/{service}/requests", {"form": form}, idempotency_key=_key()
    )
    stage.tell(f"Reference {_grouped(submitted['reference'])}, with a signed receipt.")
    return submitted


def _decided(stage: Stage, person: Client, submitted: Told) -> Told:
    decided = _until(stage, person, submitted, lambda request: request["outcome"] is not None)
    began, ended = _moment(decided["submitted_at"]), _moment(decided["changed_at"])
    took = (ended - began).total_seconds()
    stage.tell(f"{decided['outcome'].capitalize()} after {took:.2f} s: {decided['reason']}")
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
        ("at", "step", "role"), [(_time(s["at"]), s["text"], s["actor_role"]) for s in steps]
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


def _state(case: Any) -> str:
    return "closed" if case["ended_at"] else "open"


def _changes(outcome: Outcome) -> str:
    return ", ".join(f"{count} {change}" for change, count in outcome.changes.items()) or "none"


def _internet_form(about: Persona) -> Told:
    return {"mobile_number": about.mobile, "consent": True}


def _grouped(number: str) -> str:
    return " ".join(number[at : at + 4] for at in range(0, len(number), 4))


def _yes(fact: bool) -> str:
    return "yes" if fact else "no"


def _key() -> str:
    return str(uuid4())


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _time(text: str) -> str:
    return f"{_moment(text):%Y-%m-%d %H:%M:%S.%f}"[:-3]
