import pytest

from panjareh_catalog.domain.authority import Authority, check_tree
from panjareh_catalog.domain.refusals import AuthoritiesInCircle, UnknownAuthority

NAME = {"fa": "نام", "en": "name"}


def test_a_child_may_be_named_before_its_parent():
    check_tree([Authority("municipality", NAME, "interior"), Authority("interior", NAME)])


def test_a_parent_must_be_there():
    with pytest.raises(UnknownAuthority, match="interior"):
        check_tree([Authority("municipality", NAME, "interior")])


def test_no_authority_stands_above_itself():
    with pytest.raises(AuthoritiesInCircle):
        check_tree([Authority("one", NAME, "other"), Authority("other", NAME, "one")])
