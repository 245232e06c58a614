# SPDX-License-Identifier: GPL-3.0-or-later
"""The figures that checks return: printing them, keeping them, and comparing them with those kept earlier."""

import json
from dataclasses import dataclass, field
from pathlib import Path

from nets.errors import UnreadableError
from nets.io.files import replace_file
from nets.lab.accuracy.peers import PEERS

COLUMNS = f"{'':<46}{'now':>8}{'committed':>11}"


@dataclass(frozen=True)
class Figure:
    """One measured number. Its name is the key by which versions are compared. better: "less" or "more", or empty."""

    name: str
    value: float
    unit: str = "%"
    better: str = "less"


@dataclass(frozen=True)
class Section:
    """The outcome of one check.

    material: what was measured on; figures are only compared on the same material
    rows: lines to print before the figures
    """

    name: str
    material: str
    figures: list[Figure]
    rows: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Committed:
    """The figures that were kept. sections: (material, value by name of figure) by name of section."""

    sections: dict[str, tuple[str, dict[str, float]]]

    @staticmethod
    def read(path: Path) -> "Committed":
        """Read a record of figures, empty if there is no such file. Raises UnreadableError if it is no record."""
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
            return Committed({name: (part["material"], part["figures"]) for name, part in record["sections"].items()})
        except FileNotFoundError:
            return Committed({})
        except (ValueError, KeyError, TypeError) as error:
            remedy = "Write it again with: make check-accuracy ARGS=--record"
            raise UnreadableError(f"not a record of figures ({error})", path, remedy) from error

    def value(self, section: Section, figure: Figure) -> float | None:
        material, figures = self.sections.get(section.name, ("", {}))
        return figures.get(figure.name) if material == section.material else None


def text_of(section: Section, committed: Committed) -> str:
    """Write a section as a table, next to the kept figures and those of other programs."""
    lines = [f"{section.name}: {section.material}", *section.rows]
    if section.figures:
        lines.append(COLUMNS)
    for figure in section.figures:
        before = committed.value(section, figure)
        cells = f"{_number(figure.value):>8}{'-' if before is None else _number(before):>11}"
        label = f"{figure.name}, {figure.unit}" if figure.unit else figure.name
        line = f"{label:<46}{cells}  {verdict(figure, before):<8}{PEERS.get((section.name, figure.name), '')}"
        lines.append(line.rstrip())
    material = committed.sections.get(section.name, (section.material,))[0]
    if material != section.material:
        lines.append(f"(the committed figures are for other material: {material})")
    return "\n".join(lines) + "\n"


def verdict(figure: Figure, before: float | None) -> str:
    """Say whether a figure is better, worse or the same in the digits that are printed."""
    if before is None:
        return ""
    if _number(figure.value) == _number(before):
        return "same"
    return "better" if (figure.value < before) == (figure.better == "less") else "worse"


def write_record(path: Path, about: dict[str, str], sections: list[Section]) -> None:
    """Write sections as JSON. about: what was evaluated."""
    parts = {
        section.name: {
            "material": section.material,
            "figures": {figure.name: round(figure.value, 4) for figure in section.figures},
        }
        for section in sections
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, (json.dumps(about | {"sections": parts}, indent=1) + "\n").encode())


def _number(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.2f}"
