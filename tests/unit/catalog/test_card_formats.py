"""Cards of every format that was ever stored are read as one of the newest."""

import json

import pytest
import yaml
from tests.golden.events import path_of, read

from panjareh_catalog.adapters.card_schema import read_card, shaped
from panjareh_catalog.domain.card_formats import channel_names, raised, written
from panjareh_catalog.domain.checks import Known
from panjareh_catalog.domain.public_service import PublicService
from panjareh_sandbox.demo import services_dir

OLD = read(path_of("catalog", PublicService.Published, 1)).state["card"]
SHIPPED = yaml.safe_load((services_dir() / "INET-001.yaml").read_text(encoding="utf-8"))
KNOWN = Known(authorities={"mcit", "welfare"})


def pointers(**changes):
    return [fault.pointer for fault in read_card(SHIPPED | changes, KNOWN)[1]]


def test_a_stored_card_of_format_one_has_every_key_of_format_two():
    card = raised(OLD)

    assert card["format"] == 2
    assert [channel["channel"] for channel in card["channels"]] == OLD["channels"]
    assert {channel["open"] for channel in card["channels"]} == {None}
    assert card["hours"] == OLD["hours"]
    assert card["keywords"] == {"fa": [], "en": []}
    assert card["when_time_passes"] == {"what": "escalated"}


def test_raising_a_card_twice_changes_nothing_and_nothing_of_the_stored_one():
    before = json.dumps(OLD)

    assert raised(raised(OLD)) == raised(OLD)
    assert json.dumps(OLD) == before


def test_a_stored_card_may_be_published_again_as_it_is():
    card, faults = shaped(OLD)

    assert faults == []
    assert raised(card) == raised(OLD)


def test_channels_are_named_once_each_in_either_format():
    assert channel_names(OLD) == OLD["channels"]
    assert channel_names(written(OLD)) == OLD["channels"]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"format": 1}, "/format"),
        ({"format": 3}, "/format"),
        ({"parent": "inet"}, "/parent"),
        ({"sample": "yes"}, "/sample"),
        ({"guide": {"fa": "ر" * 20_001, "en": "g"}}, "/guide/fa"),
        ({"keywords": {"fa": [], "en": ["", "x"]}}, "/keywords/en/0"),
        ({"for_groups": ["kings"]}, "/for_groups/0"),
        ({"eligibility": [{"fa": "همه"}]}, "/eligibility/0/en"),
        ({"fits": {"min_age": 70, "max_age": 18}}, "/fits/max_age"),
        ({"fits": {"min_age": -1}}, "/fits/min_age"),
        ({"renews": "Driving Licence"}, "/renews"),
        (
            {"when_time_passes": {"what": "forgotten", "fa": "ا", "en": "a"}},
            "/when_time_passes/what",
        ),
        (
            {
                "fee": {
                    "amount": 5,
                    "currency": "IRR",
                    "parts": [{"fa": "ا", "en": "a", "amount": 4}],
                }
            },
            "/fee/parts",
        ),
        ({"retention": {"days": 0, "fa": "ا", "en": "a"}}, "/retention/days"),
        ({"channels": [{"channel": "web"}]}, "/channels/0/open"),
        ({"channels": [{"channel": "pigeon", "open": "always"}]}, "/channels/0/channel"),
        ({"channels": [{"channel": "web", "open": "sometimes"}]}, "/channels/0/open"),
        (
            {"channels": [{"channel": "web", "open": "always", "promised_availability": 1.5}]},
            "/channels/0/promised_availability",
        ),
        (
            {"channels": [{"channel": "web", "open": "always", "address": "javascript:x"}]},
            "/channels/0/address",
        ),
        ({"channels": [{"channel": "web", "open": "always"}, "web"]}, "/channels"),
        (
            {
                "channels": [
                    {
                        "channel": "counter",
                        "open": {"days": ["friday"], "from": "14:00", "to": "8:00"},
                    }
                ]
            },
            "/channels/0/open/to",
        ),
        (
            {
                "channels": [
                    {
                        "channel": "counter",
                        "open": {"days": ["friday"], "from": "14:00", "to": "08:00"},
                    }
                ]
            },
            "/channels/0/open/to",
        ),
        (
            {
                "steps": [
                    {
                        "fa": "ا",
                        "en": "a",
                        "minutes": 1,
                        "media": [{"id": "x", "kind": "image", "fa": "ا", "en": "a"}],
                    }
                ]
            },
            "/steps/0/media/0/id",
        ),
        (
            {
                "steps": [
                    {
                        "fa": "ا",
                        "en": "a",
                        "minutes": 1,
                        "media": [{"id": "0" * 64, "kind": "image", "fa": "ا"}],
                    }
                ]
            },
            "/steps/0/media/0/en",
        ),
    ],
)
def test_a_new_part_of_the_wrong_shape_is_named(changes, pointer):
    assert pointers(**changes) == [pointer]


def test_a_card_that_is_larger_than_any_card_is_refused_whole():
    assert pointers(description={"fa": "ا" * 300_000, "en": "a"}) == [""]


@pytest.mark.parametrize(
    "character",
    [
        "\u202e",
        "\u2066",
        "\u200f",
        "\u061c",
        "\x00",
        "\x1b",
        "\ufeff",
        "\u2028",
        "\U000e0041",
        "\ud800",
    ],
)
def test_a_character_that_deceives_is_refused_wherever_it_stands(character):
    said = {"fa": f"ا{character}ب", "en": "a"}
    form = SHIPPED["form"]
    renamed = {**form["properties"], f"na{character}me": {"type": "string", "x-title": said}}

    assert pointers(name=said) == ["/name/fa"]
    assert pointers(steps=[said | {"minutes": 1}]) == ["/steps/0/fa"]
    found = pointers(form={**form, "properties": renamed})
    assert "/form/properties" in found  # a pointer through such a name would itself deceive
    assert not any(character in pointer for pointer in found)


def test_the_half_space_and_line_breaks_are_no_deceit():
    assert (
        pointers(name={"fa": "گواهی‌نامه", "en": "a"}, guide={"fa": "یک\n\nدو", "en": "a\tb"}) == []
    )


def test_a_life_event_that_nobody_knows_is_refused_with_the_ones_that_are_known():
    known = Known(authorities={"mcit"}, life_events={"birth": {}, "moving": {}})

    [fault] = read_card(SHIPPED | {"life_events": ["birth", "brith"]}, known)[1]

    assert fault.pointer == "/life_events/1"
    assert "birth, moving" in fault.detail


@pytest.mark.parametrize(
    ("parents", "said"),
    [
        ({}, "There is no public service with the code BIZ-001"),
        ({"BIZ-001": "INET-001"}, "INET-001 → BIZ-001 → INET-001"),
        ({"BIZ-001": "BIZ-002", "BIZ-002": "INET-001"}, "INET-001 → BIZ-001 → BIZ-002 → INET-001"),
        ({"BIZ-001": "BIZ-002", "BIZ-002": "BIZ-001"}, "BIZ-001 → BIZ-002 → BIZ-001"),
    ],
)
def test_a_service_is_a_part_of_one_that_is_there_and_not_of_itself(parents, said):
    known = KNOWN.with_cards(
        [{"code": code, "authority": "mcit", "parent": parent} for code, parent in parents.items()]
    )

    [fault] = read_card(SHIPPED | {"parent": "BIZ-001"}, known)[1]

    assert (fault.pointer, said in fault.detail) == ("/parent", True)


def test_a_card_that_is_no_card_at_all_is_a_list_of_faults():
    for content in ({}, {"channels": "web"}, {"channels": [5], "rules": [], "form": 3, "fits": 1}):
        assert shaped(content)[1]
