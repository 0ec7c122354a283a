"""The tree is the one of RFC 9162: checked against its definitions, written here as the RFC writes them."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from panjareh_common.transparency.merkle import (
    EMPTY_ROOT,
    Growing,
    Node,
    consistency_ranges,
    cover,
    fold,
    heads_of,
    inclusion_ranges,
    leaf_hash,
    verify_consistency,
    verify_inclusion,
)

MOST = 200
DATA = [b"entry %d" % number for number in range(MOST)]


def k_of(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def mth(entries: list[bytes]) -> bytes:
    """2.1.1, word for word."""
    if not entries:
        return hashlib.sha256().digest()
    if len(entries) == 1:
        return hashlib.sha256(b"\x00" + entries[0]).digest()
    k = k_of(len(entries))
    return hashlib.sha256(b"\x01" + mth(entries[:k]) + mth(entries[k:])).digest()


def path(m: int, entries: list[bytes]) -> list[bytes]:
    """2.1.3.1."""
    if len(entries) == 1:
        return []
    k = k_of(len(entries))
    if m < k:
        return [*path(m, entries[:k]), mth(entries[k:])]
    return [*path(m - k, entries[k:]), mth(entries[:k])]


def subproof(m: int, entries: list[bytes], whole: bool) -> list[bytes]:
    """2.1.4.1."""
    n = len(entries)
    if m == n:
        return [] if whole else [mth(entries)]
    k = k_of(n)
    if m <= k:
        return [*subproof(m, entries[:k], whole), mth(entries[k:])]
    return [*subproof(m - k, entries[k:], False), mth(entries[:k])]


@pytest.fixture(scope="module")
def kept() -> dict[Node, bytes]:
    """Every complete subtree, as the growing tree gives them."""
    tree = Growing()
    return {name: head for data in DATA for name, head in tree.append(leaf_hash(data))}


@pytest.fixture(scope="module")
def roots() -> list[bytes]:
    return [mth(DATA[:size]) for size in range(MOST + 1)]


def test_the_head_is_that_of_the_rfc_at_every_size(roots: list[bytes]) -> None:
    tree = Growing()
    assert tree.root() == EMPTY_ROOT == roots[0]

    for size, data in enumerate(DATA, start=1):
        tree.append(leaf_hash(data))

        assert tree.root() == roots[size]


def test_what_is_kept_is_every_complete_subtree_and_nothing_else(kept: dict[Node, bytes]) -> None:
    expected = {
        (level, index): mth(DATA[index << level : (index + 1) << level])
        for level in range(8)
        for index in range(MOST >> level)
    }

    assert kept == expected


def test_a_tree_goes_on_from_its_edge(kept: dict[Node, bytes], roots: list[bytes]) -> None:
    for size in range(MOST):
        tree = Growing(size, [kept[name] for name in cover(0, size)])

        tree.append(leaf_hash(DATA[size]))

        assert tree.root() == roots[size + 1]


def test_an_edge_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="3 leaves"):
        Growing(3, [b"only one"])


def test_inclusion_proofs_are_those_of_the_rfc_and_prove(
    kept: dict[Node, bytes], roots: list[bytes]
) -> None:
    for size in range(1, MOST + 1, 3):
        for index in {0, size // 3, size // 2, size - 1}:
            proof = heads_of(inclusion_ranges(index, size), kept.__getitem__)

            assert proof == path(index, DATA[:size])
            assert verify_inclusion(leaf_hash(DATA[index]), index, size, proof, roots[size])


def test_consistency_proofs_are_those_of_the_rfc_and_prove(
    kept: dict[Node, bytes], roots: list[bytes]
) -> None:
    for second in range(1, MOST + 1, 7):
        for first in range(1, second + 1):
            proof = heads_of(consistency_ranges(first, second), kept.__getitem__)

            assert proof == subproof(first, DATA[:second], True)
            assert verify_consistency(first, second, roots[first], roots[second], proof)


sizes = st.integers(1, MOST)


@settings(deadline=None)
@given(st.data(), sizes)
def test_a_wrong_inclusion_proof_proves_nothing(data: st.DataObject, size: int) -> None:
    index = data.draw(st.integers(0, size - 1))
    root, proof = mth(DATA[:size]), path(index, DATA[:size])
    leaf = leaf_hash(DATA[index])
    other = data.draw(st.integers(-1, size + 1).filter(lambda n: n != index))
    place = data.draw(st.integers(0, len(proof)))
    longer = [*proof[:place], b"\x07" * 32, *proof[place:]]

    assert not verify_inclusion(leaf, other, size, proof, root)
    assert not verify_inclusion(leaf_hash(b"another"), index, size, proof, root)
    assert not verify_inclusion(leaf, index, size, proof, b"\x07" * 32)
    assert not verify_inclusion(leaf, index, size, longer, root)
    if proof:
        assert not verify_inclusion(leaf, index, size, proof[:-1], root)
        assert not verify_inclusion(leaf, index, size, [b"\x07" * 32, *proof[1:]], root)


@settings(deadline=None)
@given(st.data(), sizes)
def test_a_wrong_consistency_proof_proves_nothing(data: st.DataObject, second: int) -> None:
    first = data.draw(st.integers(1, second))
    older, newer = mth(DATA[:first]), mth(DATA[:second])
    proof = subproof(first, DATA[:second], True)
    forged = mth([b"forged", *DATA[1:first]])
    place = data.draw(st.integers(0, len(proof)))
    longer = [*proof[:place], b"\x07" * 32, *proof[place:]]

    assert verify_consistency(first, second, older, newer, proof)
    assert not verify_consistency(first, second, forged, newer, proof)
    assert not verify_consistency(first, second, older, forged, proof)
    assert not verify_consistency(first, second, older, newer, longer)
    assert not verify_consistency(second + 1, second, older, newer, proof)
    assert not verify_consistency(0, second, older, newer, proof)
    if proof:
        assert not verify_consistency(first, second, older, newer, proof[:-1])


@pytest.mark.parametrize("ask", [(-1, 5), (5, 5), (0, 0)])
def test_there_is_no_proof_for_a_leaf_that_is_not_there(ask: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="has no leaf"):
        inclusion_ranges(*ask)


@pytest.mark.parametrize("ask", [(0, 5), (6, 5)])
def test_there_is_no_proof_that_a_larger_tree_begins_a_smaller_one(ask: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="begins"):
        consistency_ranges(*ask)


def test_the_head_over_nothing_is_the_hash_of_nothing() -> None:
    assert fold([]) == hashlib.sha256(b"").digest()
