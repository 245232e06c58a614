# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading the next item while the one before is worked on."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")


def read_ahead(items: Iterable[Item]) -> Iterator[Item]:
    """Yield the same items, none of them None, each fetched in another thread while the one before is worked on."""
    items = iter(items)
    with ThreadPoolExecutor(1, "read") as pool:
        pending = pool.submit(next, items, None)
        while (item := pending.result()) is not None:
            pending = pool.submit(next, items, None)
            yield item
