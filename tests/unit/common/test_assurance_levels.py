"""Assurance levels in tokens: four known values, and nothing that only looks like one."""

import pytest

from panjareh_common.assurance import AssuranceLevel


@pytest.mark.parametrize("level", AssuranceLevel)
def test_a_level_is_read_as_it_was_written(level):
    assert AssuranceLevel.from_acr(level.acr) is level


def test_levels_compare_by_how_surely_they_know():
    assert AssuranceLevel.HIGH > AssuranceLevel.SUBSTANTIAL > AssuranceLevel.LOW
    assert AssuranceLevel.LOW > AssuranceLevel.SELF_ASSERTED


@pytest.mark.parametrize(
    "stranger",
    [
        "",
        "3",
        "urn:panjareh:loa:",
        "urn:panjareh:loa:0",
        "urn:panjareh:loa:5",
        "urn:panjareh:loa:-1",
        "urn:panjareh:loa: 3",
        "urn:panjareh:loa:+3",
        "urn:panjareh:loa:03",
        "urn:panjareh:loa:۳",
        "urn:panjareh:loa:3 ",
        "urn:panjareh:loa:HIGH",
        "urn:other:loa:3",
        "urn:panjareh:loa:3:4",
        "URN:PANJAREH:LOA:3",
    ],
)
def test_a_stranger_is_no_level(stranger):
    with pytest.raises(ValueError):
        AssuranceLevel.from_acr(stranger)
