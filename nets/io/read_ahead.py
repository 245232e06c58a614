# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading goes on while what was read is worked on."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")


def read_ahead(items: Iterable[Item]) -> Iterator[Item]:
    """The same items, none of them None, each fetched in another thread while the one before is worked on."""
    items = iter(items)
    with ThreadPoolExecutor(1, "read") as pool:
        pending = pool.submit(next, items, None)
        while (item := pending.result()) is not None:
            pending = pool.submit(next, items, None)
            yield item
