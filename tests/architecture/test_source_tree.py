"""Rules about the files themselves: no waiting in place of a condition, nothing of one machine, settings that exist."""

import ast
import re
import subprocess

import pytest

from panjareh_common import settings as names
from panjareh_common.settings import Setting, all_settings
from tests.inventory import ROOT, source_files

# Where a pause is meant, and why.
PAUSES = {
    "libs/common/src/panjareh_common/messaging/listening.py": "holds a message while the database is away",
    "libs/cli/src/panjareh_cli/local/rabbitmq.py": "a port that opens can only be asked about",
    "libs/common/src/panjareh_common/rpc/client.py": "of no length: other green threads get their turn",
    "services/gateway/src/panjareh_gateway/calls.py": "the pause before connecting again",
    "libs/sandbox/src/panjareh_sandbox/payments_http.py": "a bank that was told to be slow",
    "services/gateway/src/panjareh_gateway/live/hearing.py": "the pause before connecting again",
    "services/gateway/src/panjareh_gateway/live/serving.py": "spreads those who fetch at once",
    "services/gateway/src/panjareh_gateway/parts.py": "the pause before asking once more for a part",
}
# Keys of Nameko's configuration, not of the environment.
OF_NAMEKO = {"PANJAREH_TRANSPORT", "PANJAREH_VERIFIER", "PANJAREH_WIRING"}

_REGISTRIES = re.compile(
    r"pypi\.org/simple|files\.pythonhosted\.org|test\.pypi\.org|registry\.npmjs\.org"
    r"|https?://[^\s\"'`)>]+/(?:simple|pypi|artifactory|nexus|npm)(?:/|\b)"
    r"|(?:--index-url|--extra-index-url|index-url *=|PIP_INDEX_URL *=|UV_INDEX_URL *=) *[\"']?https?:",
    re.IGNORECASE,
)
_PLACES = re.compile(r"(?<![\w.$}/-])/(?:root|work|home|Users|mnt|workspace)/[\w.-]+")
_THIRD_PARTY = ("swagger-ui",)


def tracked_files():
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    for name in listed.stdout.decode().split("\0"):
        path = ROOT / name
        if name and path.is_file() and not any(part in name for part in _THIRD_PARTY):
            try:
                yield name, path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue  # a picture


@pytest.fixture(scope="module")
def texts():
    return dict(tracked_files())


def test_nothing_sleeps_in_place_of_a_condition():
    sleeping = {
        str(file.relative_to(ROOT))
        for file in source_files()
        if re.search(r"\bsleep\(", file.read_text(encoding="utf-8"))
    }

    assert sleeping == set(PAUSES)


def test_no_file_names_the_host_of_a_package_registry(texts):
    here = "tests/architecture/test_source_tree.py"
    found = {name: hit[0] for name, text in texts.items() if (hit := _REGISTRIES.search(text))}

    assert {name: hit for name, hit in found.items() if name != here} == {}


@pytest.mark.parametrize(
    "text",
    [
        "--index-url https://mirror.example/simple/",
        "index-url = 'https://mirror.example/root'",
        "https://mirror.example/artifactory/api/pypi",
        "https://files.pythonhosted.org/packages/x",
    ],
)
def test_the_host_of_a_registry_would_be_found(text):
    assert _REGISTRIES.search(text)


@pytest.mark.parametrize("text", ["cd /" + "work/main", '"/' + 'home/leila"', "=/" + "root/.cache"])
def test_a_place_on_a_machine_would_be_found(text):
    assert _PLACES.search(text)


def test_no_file_names_a_place_on_somebodys_machine(texts):
    found = {name: hit[0] for name, text in texts.items() if (hit := _PLACES.search(text))}

    assert found == {}


def _variables():
    """Every PANJAREH_ variable in the sources; `PANJAREH_{service}_X` stands for all of them."""
    found = {}
    for file in source_files():
        for name in re.findall(r"\bPANJAREH_[A-Z][A-Z0-9_]*[A-Z0-9]\b", file.read_text("utf-8")):
            found.setdefault(name, file.name)
    return found


def test_every_variable_that_the_sources_mention_is_documented(texts):
    documented = set(re.findall(r"`(PANJAREH_[A-Z0-9_]+)`", texts["docs/settings.md"]))
    whole = {name for name in _variables() if name not in OF_NAMEKO}
    # `PANJAREH_PROVIDER_{name}` and `PANJAREH_SANDBOX_` are beginnings of names.
    unknown = {
        n
        for n in whole
        if n not in documented and not any(d.startswith(f"{n}_") for d in documented)
    }

    assert unknown - {"PANJAREH_PROVIDER"} == set()


def test_every_setting_of_the_code_is_in_the_list_of_all():
    listed = {setting.name for setting in all_settings()}
    constants = {value.name for value in vars(names).values() if isinstance(value, Setting)}

    assert constants <= listed


def test_every_setting_that_is_used_exists():
    """`names.X` and `settings.X` in the sources are looked up in panjareh_common.settings."""
    unknown = set()
    for file in source_files():
        tree = ast.parse(file.read_text(encoding="utf-8"))
        aliases = {
            alias.asname or alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module == "panjareh_common"
            for alias in node.names
            if alias.name == "settings"
        }
        for node in ast.walk(tree):
            named = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
            if named and node.value.id in aliases and not hasattr(names, node.attr):
                unknown.add(f"{file.name}: {node.attr}")

    assert unknown == set()


def test_a_module_opens_with_what_it_is_for():
    silent = [
        str(file.relative_to(ROOT))
        for file in source_files()
        if file.read_text(encoding="utf-8").strip()
        and not ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))
    ]

    assert silent == []
