# SPDX-License-Identifier: GPL-3.0-or-later
"""The event with which merging and baking tell the user about something that does not stop them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Warned:
    """message: a sentence for the user, without a full stop."""

    message: str
