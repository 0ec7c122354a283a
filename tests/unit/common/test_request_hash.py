"""The hash by which a repeat is known: the same content has the same one, any other has another."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panjareh_common.idempotency import request_hash

contents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=3), contents))
def test_the_order_of_writing_does_not_matter(content):
    turned = dict(reversed(content.items()))

    assert request_hash(content) == request_hash(turned)


@given(contents, contents)
def test_only_the_same_content_has_the_same_hash(one, other):
    same = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)

    assert (request_hash(one) == request_hash(other)) is same


@pytest.mark.parametrize(
    ("one", "other"),
    [({"a": 1}, {"a": "1"}), ({"a": 1}, {"a": True}), ({"a": None}, {}), (["a", "b"], ["b", "a"])],
)
def test_what_only_looks_alike_is_another_request(one, other):
    assert request_hash(one) != request_hash(other)
