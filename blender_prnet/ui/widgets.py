# SPDX-License-Identifier: GPL-3.0-or-later
"""Parts of panels that several panels draw."""

import textwrap

from ..operators.tools import active_tool

CHARACTER_WIDTH = 7.0  # pixels, on average, at a user interface scale of 1
SHOWN_ENTRIES = 12
ICON_LETTERS = 6  # the room that an icon and the margins take of a line


def line_length(context) -> int:
    """Return about how many characters fit into a line of the region."""
    return max(int(context.region.width / (CHARACTER_WIDTH * context.preferences.system.ui_scale)), 20)


def settings_column(layout):
    """Return a column for settings that cannot be animated, with their names on the left."""
    column = layout.column()
    column.use_property_split = True
    column.use_property_decorate = False
    return column


def draw_wrapped(layout, text: str, length: int, icon: str = "NONE") -> None:
    """Draw a text in lines of at most `length` characters, with the icon before the first."""
    column = layout.column(align=True)
    below = "NONE" if icon == "NONE" else "BLANK1"
    lines = [line for paragraph in text.splitlines() for line in textwrap.wrap(paragraph, length)]
    for number, line in enumerate(lines):
        column.label(text=line, icon=below if number else icon, translate=False)


LENS_FIELDS = {"film": ("film",), "sensor": ("length", "sensor"), "field": ("field",)}


def draw_lens(layout, settings) -> None:
    """Draw the lens, and what it needs to be told. settings: a settings.lens.LensSettings."""
    column = layout.column(align=True)
    column.prop(settings, "kind")
    for name in LENS_FIELDS.get(settings.kind, ()):
        column.prop(settings, name)


def draw_progress(layout, state) -> None:
    """Draw the progress of the running job. state: WindowManager.prnet."""
    layout.progress(factor=state.progress, text=state.text)
    layout.label(text="Esc stops and keeps what is done")


def draw_report(layout, report, length: int) -> None:
    """Draw the list of what failed, and of what is worth knowing. report: WindowManager.prnet.report."""
    for entry in report[:SHOWN_ENTRIES]:
        box = layout.box().column(align=True)
        box.label(text=entry.name, icon="INFO" if entry.status == "ok" else "ERROR")
        draw_wrapped(box, entry.message, length)
        if entry.status == "worker":
            box.operator("prnet.open_preferences", icon="PREFERENCES")
    if len(report) > SHOWN_ENTRIES:
        layout.label(text=f"… and {len(report) - SHOWN_ENTRIES} more")


def draw_facts(layout, facts: dict[str, str]) -> None:
    """Draw names on the left, and their values on the right."""
    column = layout.column(align=True)
    for name, value in facts.items():
        split = column.split(factor=0.4)
        left = split.row()
        left.alignment = "RIGHT"
        left.label(text=name)
        lines = split.column(align=True)
        for line in value.splitlines():
            lines.label(text=line, translate=False)


def draw_tool_button(layout, context, tool, icon: str) -> None:
    """Draw a button that activates a tool of the toolbar."""
    layout.operator(
        "wm.tool_set_by_id", text=tool.bl_label, icon=icon, depress=active_tool(context) == tool.bl_idname
    ).name = tool.bl_idname
