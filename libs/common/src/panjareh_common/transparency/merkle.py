"""The Merkle tree of RFC 9162, section 2, without storage: heads, proofs and their verification.

A node is named by (level, index): it is the head of the leaves [index << level, (index + 1) << level).
Only complete subtrees have a name; they never change again, so they are all that has to be kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence

Node = tuple[int, int]
Range = tuple[int, int]

EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def cover(start: int, end: int) -> list[Node]:
    """The complete subtrees that make up the leaves [start, end), left to right, largest first.

    `start` must be a multiple of the largest power of two below the length, as it is wherever the
    RFC splits a tree.
    """
    nodes: list[Node] = []
    while start < end:
        level = (end - start).bit_length() - 1
        nodes.append((level, start >> level))
        start += 1 << level
    return nodes


def fold(hashes: Sequence[bytes]) -> bytes:
    """The head over subtrees as `cover` lists them."""
    if not hashes:
        return EMPTY_ROOT
    head = hashes[-1]
    for left in reversed(hashes[:-1]):
        head = node_hash(left, head)
    return head


class Growing:
    """A tree that grows, of which only the complete subtrees on its right edge are kept."""

    def __init__(self, size: int = 0, edge: Iterable[bytes] = ()) -> None:
        self.size = size
        self._edge = list(edge)
        if len(self._edge) != size.bit_count():
            raise ValueError(f"a tree of {size} leaves has {size.bit_count()} nodes on its edge")

    def append(self, leaf: bytes) -> list[tuple[Node, bytes]]:
        """Adds a leaf by its hash. Gives every subtree that it completes, itself first."""
        index = self.size
        self.size += 1
        completed: list[tuple[Node, bytes]] = [((0, index), leaf)]
        self._edge.append(leaf)
        level = 0
        while index & 1:
            right, left = self._edge.pop(), self._edge.pop()
            level, index = level + 1, index >> 1
            self._edge.append(node_hash(left, right))
            completed.append(((level, index), self._edge[-1]))
        return completed

    def root(self) -> bytes:
        return fold(self._edge)


def inclusion_ranges(index: int, size: int) -> list[Range]:
    """The leaves whose heads prove that leaf `index` is one of `size` (PATH, 2.1.3.1)."""
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    ranges: list[Range] = []
    start, end = 0, size
    while end - start > 1:
        split = start + _split(end - start)
        if index < split:
            ranges.append((split, end))
            end = split
        else:
            ranges.append((start, split))
            start = split
    return ranges[::-1]


def consistency_ranges(first: int, second: int) -> list[Range]:
    """The leaves whose heads prove that `first` leaves are the beginning of `second` (PROOF, 2.1.4.1)."""
    if not 0 < first <= second:
        raise ValueError(f"no tree of {first} leaves begins one of {second}")
    ranges: list[Range] = []
    start, end = 0, second
    while first != end:
        split = start + _split(end - start)
        if first <= split:
            ranges.append((split, end))
            end = split
        else:
            ranges.append((start, split))
            start = split
    if start != 0:  # otherwise it is the first head, which the verifier has
        ranges.append((start, end))
    return ranges[::-1]


def heads_of(ranges: Iterable[Range], node: Callable[[Node], bytes]) -> list[bytes]:
    """The heads over ranges of leaves, from the complete subtrees that `node` gives."""
    return [fold([node(name) for name in cover(*leaves)]) for leaves in ranges]


def verify_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> bool:
    """Is the leaf with this hash number `index` of the tree with this head (2.1.3.2)?"""
    if not 0 <= index < size:
        return False
    fn, sn, head = index, size - 1, leaf
    for step in proof:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            head = node_hash(step, head)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            head = node_hash(head, step)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and head == root


def verify_consistency(
    first: int, second: int, first_root: bytes, second_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Is the tree with the first head the beginning of the one with the second (2.1.4.2)?"""
    if not 0 < first <= second:
        return False
    if first == second:
        return not proof and first_root == second_root
    steps = list(proof)
    if first.bit_count() == 1:  # a complete subtree: the proof leaves out what the verifier has
        steps.insert(0, first_root)
    if not steps:
        return False
    fn, sn = first - 1, second - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    older = newer = steps[0]
    for step in steps[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            older, newer = node_hash(step, older), node_hash(step, newer)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            newer = node_hash(newer, step)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and older == first_root and newer == second_root


def _split(leaves: int) -> int:
    """The largest power of two smaller than the number of leaves."""
    return 1 << ((leaves - 1).bit_length() - 1)
