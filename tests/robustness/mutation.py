# SPDX-License-Identifier: GPL-3.0-or-later
"""Damage that files come to: cut, zeroed, swapped, repeated, single bits, and extreme numbers in texts."""

import re

import numpy as np

NUMBER = re.compile(rb"-?\d+(?:\.\d+)?")
EXTREMES = (b"0", b"-1", b"1e308", b"nan", b"Infinity", b"99999999999999999999", b"", b'"x"', b"null", b"[]")
TEXTS = {".csv", ".json", ".toml"}


def mutate(rng: np.random.Generator, content: bytes, ending: str) -> bytes:
    """Return a file's content with one to three of these damages."""
    for _ in range(rng.integers(1, 4)):
        kinds = [_cut, _zero, _flip, _repeat, _swap] + [_extreme] * 4 * (ending in TEXTS)
        content = kinds[rng.integers(len(kinds))](rng, content)
    return content


def _range(rng, content, most=0.2):
    length = int(rng.integers(1, max(2, int(len(content) * most))))
    start = int(rng.integers(0, max(1, len(content) - length)))
    return start, start + length


def _cut(rng, content):
    return content[: rng.integers(0, len(content) + 1)]


def _zero(rng, content):
    start, stop = _range(rng, content)
    return content[:start] + bytes(stop - start) + content[stop:]


def _flip(rng, content):
    changed = bytearray(content)
    for place in rng.integers(0, max(len(content), 1), rng.integers(1, 9)):
        if place < len(changed):
            changed[place] ^= 1 << int(rng.integers(8))
    return bytes(changed)


def _repeat(rng, content):
    start, stop = _range(rng, content, 0.05)
    return content[:stop] + content[start:stop] * int(rng.integers(1, 20)) + content[stop:]


def _swap(rng, content):
    (a, b), (c, d) = sorted(_range(rng, content, 0.1) for _ in range(2))
    return content[:a] + content[c:d] + content[b:]


def _extreme(rng, content):
    found = list(NUMBER.finditer(content))
    if not found:
        return content
    chosen = found[rng.integers(len(found))]
    return content[: chosen.start()] + EXTREMES[rng.integers(len(EXTREMES))] + content[chosen.end() :]
