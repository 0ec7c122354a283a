"""The data folder: where it is, who may read it, what it keeps from one start to the next."""

from __future__ import annotations

import base64
import json
import os
import socket
import stat
from pathlib import Path

import pytest

from panjareh_cli.local.faults import AlreadyRunning, LocalFault
from panjareh_cli.local.home import HomeLock, find_home, holder_of, prepare, read_json
from panjareh_cli.local.ports import Ports, is_free, next_free
from panjareh_cli.local.secrets import JWKS, SERVICES, SIGNERS, completed, dotenv, secrets_of


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def listener(port: int = 0) -> socket.socket:
    taken = socket.socket()
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    taken.bind(("127.0.0.1", port))
    taken.listen()
    return taken


def test_the_environment_names_the_data_folder(tmp_path: Path) -> None:
    environ = {"PANJAREH_HOME": str(tmp_path / "elsewhere")}

    home = find_home(environ)

    assert home == tmp_path / "elsewhere"


def test_root_gets_a_folder_that_postgresql_can_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)

    home = find_home({})

    assert home.parent == Path("/var/lib/panjareh")
    assert home == find_home({}), "the same checkout, the same folder"


def test_anyone_else_gets_a_folder_in_the_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    home = find_home({})

    assert home.name == ".panjareh"
    assert (home.parent / "requirements.lock").is_file()


def test_a_folder_that_cannot_be_made_is_told_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")

    with pytest.raises(LocalFault) as told:
        prepare(tmp_path / "file" / "home")

    assert "PANJAREH_HOME" in str(told.value)


def test_a_second_start_is_told_where_the_first_one_answers(tmp_path: Path) -> None:
    first, second = HomeLock(tmp_path), HomeLock(tmp_path)
    first.take()
    (tmp_path / "run.json").write_text('{"url": "http://127.0.0.1:8080"}')

    with pytest.raises(AlreadyRunning) as told:
        second.take()

    assert "http://127.0.0.1:8080" in str(told.value)
    assert holder_of(tmp_path) == os.getpid()
    first.release()
    assert holder_of(tmp_path) is None


def test_ports_stay_the_same_and_are_replaced_when_taken(tmp_path: Path) -> None:
    path = tmp_path / "ports.json"
    amqp = Ports(path).free("amqp")
    epmd = Ports(path).free("epmd")

    with listener(amqp):
        moved = Ports(path).free("amqp")

    assert Ports(path).free("epmd") == epmd
    assert len({amqp, epmd, moved}) == 3
    assert Ports(path).kept("amqp") == moved


def test_the_next_free_port_steps_over_a_taken_one() -> None:
    with listener() as taken:
        port = taken.getsockname()[1]

        found = next_free(port)

        assert found > port
    assert is_free(port)


def test_secrets_are_made_once_and_kept_for_their_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"

    first = secrets_of(path)
    second = secrets_of(path)

    assert first == second
    assert mode_of(path) == 0o600


def test_every_service_gets_the_keys_that_its_settings_ask_for() -> None:
    made = completed({})

    for service in SERVICES:
        for kind in ("SEALING_KEY", "TRANSPORT_KEY"):
            text = made[f"PANJAREH_{service.upper()}_{kind}"]
            assert len(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))) == 32
        assert made[f"PANJAREH_{service.upper()}_DATABASE_PASSWORD"]
    for signer in SIGNERS:
        key = json.loads(made[f"PANJAREH_{signer.upper()}_SIGNING_KEY"])
        assert (key["kty"], key["crv"], key["kid"]) == ("OKP", "Ed25519", f"{signer}-1")
        assert "d" in key


def test_the_public_key_set_holds_no_private_part() -> None:
    made = completed({})

    keys = json.loads(made[JWKS])["keys"]

    assert [key["kid"] for key in keys] == [f"{signer}-1" for signer in SIGNERS]
    assert all("d" not in key and key["x"] for key in keys)


def test_a_key_added_later_leaves_the_others_as_they_were() -> None:
    made = completed({})
    older = {name: value for name, value in made.items() if not name.startswith("PANJAREH_FEED")}

    again = completed(older)

    assert older.items() - {(JWKS, older[JWKS])} <= again.items()
    assert again["PANJAREH_FEEDBACK_SEALING_KEY"] != made["PANJAREH_FEEDBACK_SEALING_KEY"]
    # What the lost key had signed can still be checked, so its name stays its own.
    before, after = (json.loads(each[JWKS])["keys"] for each in (made, again))
    assert [key["kid"] for key in after if key not in before] == ["feedback-2"]
    assert after[: len(before)] == before


def test_an_environment_file_survives_its_quotes() -> None:
    text = dotenv(completed({}))

    for line in text.splitlines():
        name, _, value = line.partition("=")
        assert name.startswith("PANJAREH_")
        assert value[0] == value[-1] == "'"
        assert "'" not in value[1:-1]


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "ports.json").write_text("{")

    with pytest.raises(LocalFault) as told:
        read_json(tmp_path / "ports.json")

    assert "ports.json" in str(told.value)
