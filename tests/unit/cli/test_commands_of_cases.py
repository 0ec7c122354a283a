"""The commands: exit codes, one JSON document, and nothing for a terminal where there is none."""

import json
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest
import typer
from typer.testing import CliRunner

from panjareh_cli import cases_command, doors, rebuild, requests_command, verify
from panjareh_cli.cases.sample import make_sample
from panjareh_cli.local import platform
from panjareh_cli.output import Options, plain

SAMPLE = Path(make_sample.__file__).parent
ITEMS = [
    {
        "at": "2024-05-01T09:00:00+00:00",
        "kind": "imported",
        "text": "Started [bold]\x1b[31m",
        "actor": "Officer-A",
        "actor_role": "officer",
        "channel": "web",
    },
    {
        "at": "2024-05-03T09:00:00+00:00",
        "kind": "closed",
        "text": "Ended",
        "actor": None,
        "actor_role": "officer",
        "channel": "web",
    },
]
DOCUMENTS = {
    "GOOD": {"genuine": True, "valid": True, "authority": "municipality", "issued_at": "today"},
    "REVOKED": {"genuine": True, "valid": False, "revoked_at": "yesterday"},
    "OVER": {"genuine": True, "valid": False, "valid_until": "2020", "revoked_at": None},
    "FORGED": {"genuine": False, "valid": False},
}


class Window(ThreadingHTTPServer):
    """A small platform: it takes cases once and shows one timeline."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.known: dict[str, set[str]] = {}
        self.asked: list[str] = []
        self.refuse_with: int | None = None
        self.guard = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Answers(BaseHTTPRequestHandler):
    server: Window

    def log_message(self, format: str, *args: object) -> None:
        """Tests are quiet."""

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        parts = urlsplit(self.path)
        if parts.path.endswith("/verification"):
            number = parts.path.split("/")[-2]
            known = DOCUMENTS.get(number)
            self._answer(200, known) if known else self._answer(404, {"title": "Not there"})
        elif parts.path.endswith("/timeline"):
            self._answer(200, {"items": ITEMS})
        elif "gone" in parts.path:
            self._answer(404, {"title": "Not there", "code": "not_found"})
        else:
            at = parse_qs(parts.query).get("at")
            self._answer(200, {"reference": "1", "status": "closed", "at": at})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.server.refuse_with:
            self._answer(self.server.refuse_with, {"title": "No", "code": "no"})
            return
        with self.server.guard:
            self._answer(200, {"items": [self._take(case) for case in body["cases"]]})

    def _take(self, case: dict) -> dict:
        change = "unchanged" if case["case"] in self.server.known else "created"
        held = self.server.known.setdefault(case["case"], set())
        new = {step["instance"] for step in case["steps"]} - held
        held |= new
        return {
            "case": case["case"],
            "request_id": f"id-{case['case']}",
            "reference": "1",
            "change": change,
            "steps_added": len(new),
        }

    def _answer(self, status: int, body: dict) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@pytest.fixture
def window(monkeypatch):
    with Window() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        monkeypatch.setenv("PANJAREH_URL", server.url)
        monkeypatch.setenv("PANJAREH_TOKEN", "token")
        monkeypatch.setenv("FORCE_COLOR", "1")  # asked for or not, a pipe gets no colour
        monkeypatch.delenv("PANJAREH_CASES_DIR", raising=False)
        yield server
        server.shutdown()
        thread.join()


def run(*words: str, **options):
    app = typer.Typer()

    @app.callback()
    def whole(ctx: typer.Context) -> None:
        ctx.obj = Options(**options)

    for module in (cases_command, requests_command, verify, doors, rebuild):
        module.register(app)
    return CliRunner().invoke(app, list(words))


def test_the_sample_goes_in_and_its_summary_and_a_timeline_are_printed(window):
    result = run("import-cases", "sample")

    assert result.exit_code == 0, result.output
    for text in ("234", "created", "web ", "closed ", "cases per second", "Started [bold]"):
        assert text in result.stdout
    assert "\x1b" not in result.output


def test_a_second_import_says_that_nothing_changed(window):
    run("import-cases", "sample")

    body = json.loads(run("import-cases", "sample", "--json").stdout)

    assert (body["created"], body["unchanged"], body["steps_added"]) == (0, 40, 0)


@pytest.mark.parametrize(
    ("words", "options"), [(("--json",), {}), ((), {"json": True})], ids=["after", "before"]
)
def test_json_is_one_document_wherever_it_was_asked_for(window, words, options):
    result = run("import-cases", "sample", *words, **options)

    body = json.loads(result.stdout)
    assert (body["rows"], body["cases"], body["created"]) == (234, 40, 40)
    assert sum(body["channels"].values()) == sum(body["states"].values()) == 40
    assert body["shown"]["timeline"] == ITEMS
    assert body["stopped"] is None


def test_bad_rows_are_listed_with_their_lines_and_the_rest_goes_in(window):
    result = run("import-cases", str(SAMPLE / "permits-sample-with-faults.csv"))

    assert result.exit_code == 1
    assert "'Pigeon' is not in the mapping" in result.stdout
    assert len(window.known) == 4


def test_the_case_asked_for_is_the_one_shown(window):
    case = make_sample.rows()[-1]["case:concept:name"]

    result = run("import-cases", "sample", "--show", case)

    assert f"Case {case}" in result.stdout
    assert f"/agency/v1/requests/id-{case}/timeline" in window.asked


def test_a_log_is_looked_for_in_the_folder_of_real_logs(window, tmp_path, monkeypatch):
    monkeypatch.setenv("PANJAREH_CASES_DIR", str(tmp_path))
    (tmp_path / "permit-receipts.csv").write_bytes((SAMPLE / "permits-sample.csv").read_bytes())

    body = json.loads(run("import-cases", "permit-receipts", "--json").stdout)

    assert body["mapping"] == "permit-receipts"


@pytest.mark.parametrize("words", [("permit-receipts.csv",), ()])
def test_a_log_that_is_not_there_is_explained(window, words, tmp_path, monkeypatch):
    monkeypatch.setenv("PANJAREH_CASES_DIR", str(tmp_path))

    result = run("import-cases", *words)

    assert result.exit_code == 2
    assert "PANJAREH_CASES_DIR" in result.stderr
    assert "panjareh import-cases sample" in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("sample", "--show", "nobody"), "no case nobody"),
        (("sample", "--mapping", "nothing"), "no mapping nothing"),
        (("sample", "--mapping", "traffic-fines", "--show", "nobody"), "no case nobody"),
        ((str(SAMPLE / "make_sample.py"),), "No mapping is known"),
        ((str(SAMPLE / "make_sample.py"), "--mapping", "traffic-fines"), "lacks the columns"),
    ],
)
def test_what_cannot_be_used_is_told_before_anything_is_sent(window, words, text):
    result = run("import-cases", *words)

    assert result.exit_code == 2
    assert text in result.stderr
    assert window.known == {}


def test_an_error_in_json_is_one_document_too(window):
    result = run("import-cases", "nowhere.csv", "--json")

    assert result.exit_code == 2
    assert "sample" in json.loads(result.stdout)["error"]["message"]


@pytest.mark.parametrize("status", [401, 403])
def test_an_import_that_may_not_go_on_says_why(window, status):
    window.refuse_with = status

    shown, told = run("import-cases", "sample"), run("import-cases", "sample", "--json")

    assert (shown.exit_code, told.exit_code) == (1, 1)
    assert "The import stopped." in shown.stderr
    assert json.loads(told.stdout)["stopped"]["status"] == status


def test_a_platform_that_does_not_answer_is_told(window, monkeypatch):
    monkeypatch.delenv("PANJAREH_URL")
    monkeypatch.setenv("PANJAREH_HOME", "/nonexistent")

    result = run("import-cases", "sample")

    assert result.exit_code == 1
    assert "panjareh up" in result.stderr


# request timeline


def test_a_timeline_is_read_at_the_officers_door(window):
    result = run("request", "timeline", "some-id")

    assert result.exit_code == 0
    assert "Ended" in result.stdout
    assert "\x1b" not in result.stdout
    assert "/agency/v1/requests/some-id/timeline" in window.asked


def test_a_timeline_is_read_at_the_persons_door_for_a_person(window):
    run("request", "timeline", "some-id", "--as", "9900000110")

    assert "/api/v1/requests/some-id/timeline" in window.asked


def test_a_timeline_as_of_a_moment_knows_nothing_later(window):
    result = run("request", "timeline", "x", "--at", "2024-05-02T12:00:00+03:30", "--json")

    body = json.loads(result.stdout)
    assert [item["kind"] for item in body["timeline"]] == ["imported"]
    assert body["request"]["at"] == ["2024-05-02T08:30:00Z"]


@pytest.mark.parametrize("moment", ["yesterday", "2024-05-02T12:00:00"])
def test_a_moment_without_zone_or_sense_is_refused(window, moment):
    result = run("request", "timeline", "x", "--at", moment)

    assert result.exit_code == 2
    assert "zone" in result.stderr


def test_a_request_that_is_not_there_is_told(window):
    result = run("request", "timeline", "gone")

    assert result.exit_code == 1
    assert "Not there" in result.stderr


# verify


@pytest.mark.parametrize(
    ("number", "code", "text"),
    [
        ("GOOD", 0, "Genuine and valid"),
        ("REVOKED", 0, "was revoked at yesterday"),
        ("OVER", 0, "was valid until 2020"),
        ("FORGED", 1, "Not genuine"),
        ("UNKNOWN", 1, "Not genuine"),
    ],
)
def test_a_document_is_judged_in_words_and_by_the_exit_code(window, number, code, text):
    result = run("verify", number)

    assert result.exit_code == code
    assert text in result.stdout


def test_a_document_is_judged_in_persian_and_in_json(window):
    assert "اصیل و معتبر" in run("verify", "GOOD", lang="fa").stdout
    assert json.loads(run("verify", "UNKNOWN", "--json").stdout)["genuine"] is False


# rebuild


@pytest.mark.parametrize(("ended", "code"), [(0, 0), (3, 3), (-9, 1)])
def test_rebuilding_a_view_runs_the_operators_door_with_the_platforms_settings(
    monkeypatch, tmp_path, ended, code
):
    ran = []

    def fake_run(command, **how):
        ran.append((command[1:], how["env"]["PANJAREH_AMQP_URL"]))
        return subprocess.CompletedProcess(command, ended, stdout="done\n")

    monkeypatch.setattr(platform, "find_home", lambda: tmp_path)
    settings = {"PANJAREH_AMQP_URL": "amqp://here"}
    monkeypatch.setattr(platform, "load_environment", lambda home: settings, raising=False)
    monkeypatch.setattr(doors.subprocess, "run", fake_run)

    result = run("rebuild", "progress", "--json")

    assert result.exit_code == code
    assert json.loads(result.stdout)["view"] == "progress"
    assert ran == [(["-m", "panjareh_requests", "rebuild", "progress"], "amqp://here")]


def test_a_door_of_a_service_is_run_with_all_that_was_written(monkeypatch, tmp_path):
    ran = []

    def fake_run(command, **how):
        ran.append((command[1:], how["env"]["PANJAREH_AMQP_URL"]))
        return subprocess.CompletedProcess(command, 1)

    settings = {"PANJAREH_AMQP_URL": "amqp://here"}
    monkeypatch.setattr(platform, "find_home", lambda: tmp_path)
    monkeypatch.setattr(platform, "load_environment", lambda home: settings, raising=False)
    monkeypatch.setattr(doors.subprocess, "run", fake_run)

    result = run("door", "catalog", "publish", "--check", "services/")

    assert result.exit_code == 1
    assert ran == [(["-m", "panjareh_catalog", "publish", "--check", "services/"], "amqp://here")]
    assert run("door", "weather", "publish").exit_code == 2


def test_rebuilding_before_the_platform_ever_ran_is_explained(monkeypatch, tmp_path):
    def nothing(home: Path) -> dict[str, str]:
        return json.loads((home / "env.json").read_text())

    monkeypatch.setattr(platform, "find_home", lambda: tmp_path)
    monkeypatch.setattr(platform, "load_environment", nothing, raising=False)

    result = run("rebuild", "progress")

    assert result.exit_code == 1
    assert "PANJAREH_HOME" in result.stderr


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a\x1b[31mb", "a\N{REPLACEMENT CHARACTER}[31mb"), ("a\nb", "a b"), ("می‌خواهم", "می‌خواهم")],
)
def test_text_from_elsewhere_cannot_move_the_cursor(text, shown):
    assert plain(text) == shown


def test_a_long_run_says_how_far_it_is_and_a_short_one_nothing(monkeypatch, capsys):
    clock = iter([0.0, 1.0, 5.0, 5.0, 6.0, 11.0, 11.0])
    monkeypatch.setattr(cases_command, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    advance = cases_command._told_now_and_then(400)

    for _ in range(4):
        advance(50)

    assert capsys.readouterr().err.split("\n") == ["100 of 400 cases", "200 of 400 cases", ""]
