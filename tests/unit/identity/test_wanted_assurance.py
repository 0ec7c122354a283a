"""What a client's parameters mean for how surely its person has to be known."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panjareh_common.assurance import AssuranceLevel
from panjareh_identity.domain.wanted_assurance import Lack, UnfitWish, Wanted

NOW = datetime(2026, 3, 21, 8, 0, tzinfo=UTC)
levels = st.sampled_from(list(AssuranceLevel))
texts = st.text(max_size=40)


def claims(**acr):
    return json.dumps({"id_token": {"acr": acr}})


def test_a_client_that_asks_for_nothing_takes_anybody_who_is_signed_in():
    wanted = Wanted.read({})

    assert wanted.lack(AssuranceLevel.SELF_ASSERTED, NOW, NOW) is Lack.NOTHING
    assert wanted.lack(None, None, NOW) is Lack.SIGN_IN


@given(asked=st.lists(levels, min_size=1), held=levels, essential=st.booleans())
def test_of_several_levels_the_lowest_is_enough(asked, held, essential):
    values = [level.acr for level in asked]
    by_values = Wanted.read({"acr_values": " ".join(values)})
    by_claims = Wanted.read({"claims": claims(values=values, essential=essential)})

    enough = held >= min(asked)
    for wanted in (by_values, by_claims):
        assert (wanted.lack(held, NOW, NOW) is Lack.NOTHING) is enough
    assert not by_values.essential
    assert by_claims.essential is essential


@given(
    max_age=st.integers(min_value=0, max_value=10**9), age=st.integers(min_value=0, max_value=10**9)
)
def test_who_signed_in_longer_ago_than_max_age_has_to_do_it_again(max_age, age):
    wanted = Wanted.read({"max_age": str(max_age)})

    lack = wanted.lack(AssuranceLevel.HIGH, NOW - timedelta(seconds=age), NOW)

    assert (lack is Lack.SIGN_IN) is (age > min(max_age, 10 * 365 * 24 * 3600))


@pytest.mark.parametrize("prompt", ["login", "select_account", "login consent"])
def test_whoever_is_to_sign_in_again_has_to_do_it_after_being_asked(prompt):
    wanted = Wanted.read({"prompt": prompt})

    assert wanted.lack(AssuranceLevel.HIGH, NOW - timedelta(seconds=1), NOW) is Lack.SIGN_IN
    assert wanted.lack(AssuranceLevel.HIGH, NOW + timedelta(seconds=1), NOW) is Lack.NOTHING


def test_the_claims_parameter_wins_over_acr_values():
    wanted = Wanted.read(
        {"acr_values": "urn:panjareh:loa:1", "claims": claims(value="urn:panjareh:loa:3")}
    )

    assert wanted.level is AssuranceLevel.SUBSTANTIAL


@pytest.mark.parametrize(
    ("parameters", "knowable"),
    [
        ({"acr_values": "urn:a urn:b"}, False),
        ({"acr_values": "urn:a urn:panjareh:loa:2"}, True),
        ({"claims": claims(essential=True, values=["urn:panjareh:loa:5"])}, False),
        ({"claims": claims(essential=True)}, True),
        ({"claims": '{"id_token":{"acr":null}}'}, True),
        ({"claims": '{"userinfo":{"name":null}}'}, True),
    ],
)
def test_a_level_that_nobody_here_can_have_is_noticed(parameters, knowable):
    assert Wanted.read(parameters).knowable is knowable


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ({"prompt": "none login"}, "prompt"),
        ({"prompt": "create"}, "prompt"),
        ({"max_age": "-1"}, "max_age"),
        ({"max_age": "1.5"}, "max_age"),
        ({"max_age": "۳۰۰"}, "max_age"),
        ({"claims": "{"}, "claims"),
        ({"claims": "[]"}, "claims"),
        ({"claims": '{"id_token":[]}'}, "claims"),
        ({"claims": claims(values="urn:panjareh:loa:1")}, "claims"),
        ({"claims": claims(values=[1])}, "claims"),
        ({"claims": claims(essential="yes")}, "claims"),
        ({"claims": "[" * 100_000}, "claims"),
    ],
)
def test_what_cannot_be_meant_is_named(parameters, named):
    with pytest.raises(UnfitWish, match=named):
        Wanted.read(parameters)


@given(
    st.dictionaries(st.sampled_from(["acr_values", "claims", "max_age", "prompt"]), texts),
    st.one_of(st.none(), levels),
)
def test_nothing_that_is_sent_is_a_fault_of_ours(parameters, held):
    try:
        wanted = Wanted.read(parameters)
    except UnfitWish:
        return
    assert wanted.lack(held, NOW if held else None, NOW) in Lack
