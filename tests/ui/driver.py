# SPDX-License-Identifier: GPL-3.0-or-later
"""Works Blender's window as a hand does, from generators that yield the seconds to wait before their next step.

`run` ends Blender with exit code 0 when the scenario ends, 1 when it raises.
"""

import json
import os
import subprocess
import sys
import time
import traceback
from pathlib import Path

import bpy


def arguments():
    """What Blender's command line has after "--", as paths."""
    return [Path(argument) for argument in sys.argv[sys.argv.index("--") + 1 :]]


def tell(measured):
    """Let the test know, by a file where Blender runs."""
    Path("measurements.json").write_text(json.dumps(measured))


def run(scenario, anti_aliasing="OFF"):
    """Run the generator function `scenario` in the open window, once Blender has drawn it.

    anti_aliasing: OFF, or FXAA for pictures that documents show. By software it takes half as long again as all else.
    """
    steps = scenario()

    def step():
        try:
            return next(steps)
        except StopIteration:
            finish(0)
        except BaseException:
            traceback.print_exc()
            start_screenshot("failure").wait()
            finish(1)

    bpy.context.preferences.view.show_splash = False
    bpy.context.preferences.system.viewport_aa = anti_aliasing  # the default draws the view again and again
    bpy.context.preferences.view.filebrowser_display_type = "SCREEN"  # in this window, not one of its own
    bpy.app.timers.register(rest, persistent=True)
    bpy.app.timers.register(step, first_interval=2, persistent=True)


def rest():
    """Sleep in each round of Blender's event loop, as Blender does by itself unless events are simulated: a loop that
    spins takes a core away from the worker."""
    time.sleep(0.005)
    return 0


def finish(code):
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # timers do not honour --python-exit-code


def start_screenshot(name):
    """The process that writes the screen as NAME.png; Blender's own screenshot operator gives black here."""
    return subprocess.Popen(["import", "-window", "root", "-quality", "15", f"{name}.png"])


def screenshot(name):
    process = start_screenshot(name)
    while process.poll() is None:
        yield 0.05
    assert process.returncode == 0


def window():
    return bpy.context.window_manager.windows[0]


def area_of(kind):
    return next(area for area in window().screen.areas if area.type == kind)


def region_of(area, kind):
    return next(region for region in area.regions if region.type == kind)


def wait_until(condition, seconds, what):
    """Wait until `condition()` holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"waited {seconds} s for {what}"
        yield 0.1


def move_mouse(x, y):
    window().event_simulate(type="MOUSEMOVE", value="NOTHING", x=x, y=y)
    yield 0.05


def click(x, y):
    yield from move_mouse(x, y)
    for value in ("PRESS", "RELEASE"):
        window().event_simulate(type="LEFTMOUSE", value=value, x=x, y=y)
        yield 0.05


def press(key, x, y, **modifiers):
    """A key with the mouse at x, y. modifiers: ctrl, shift, …"""
    yield from move_mouse(x, y)
    for value in ("PRESS", "RELEASE"):
        window().event_simulate(type=key, value=value, x=x, y=y, **modifiers)
        yield 0.05


def type_text(text, x, y):
    for letter in text:
        window().event_simulate(type="A", value="PRESS", unicode=letter, x=x, y=y)
        window().event_simulate(type="A", value="RELEASE", x=x, y=y)
    yield 0.2


def middle(region):
    return region.x + region.width // 2, region.y + region.height // 2


def viewport():
    """The middle of the 3D View."""
    return middle(region_of(area_of("VIEW_3D"), "WINDOW"))


def in_viewport():
    """The context of operators that are called in the 3D View."""
    area = area_of("VIEW_3D")
    return bpy.context.temp_override(window=window(), area=area, region=region_of(area, "WINDOW"))


def draw():
    """Draw the window now: regions and file browsers work only once they have been drawn."""
    with bpy.context.temp_override(window=window()):
        bpy.ops.wm.redraw_timer(type="DRAW_WIN_SWAP", iterations=1)


def open_tab(name, kind="VIEW_3D"):
    """Show tab `name` of the sidebar."""
    area = area_of(kind)
    area.spaces.active.show_region_ui = True
    draw()
    region_of(area, "UI").active_panel_category = name
    draw()


def find_button(operator, with_options=""):
    """Move the mouse down the sidebar until it is on the button of `operator` ("prnet.capture"): its place x, y.

    with_options: text that the button's command must contain, where several buttons call one operator.

    A step is half a button's height, so that the mouse is on the button even if its last move is told of late.
    """
    area = area_of("VIEW_3D")
    region = region_of(area, "UI")
    x = region.x + region.width // 2
    yield from move_mouse(*viewport())
    yield 0.5  # until no button is under the mouse any more: it may have been on this very one
    bpy.context.window_manager.clipboard = ""
    for y in range(region.y + region.height - 5, region.y, -10):
        yield from move_mouse(x, y)
        with bpy.context.temp_override(window=window(), area=area, region=region):
            if bpy.ops.ui.copy_python_command_button.poll():
                bpy.ops.ui.copy_python_command_button()
        command = bpy.context.window_manager.clipboard
        if f"bpy.ops.{operator}(" in command and with_options in command:
            return x, y
    raise AssertionError(f"no button of {operator} in the sidebar")


def choose_file(path):
    """Type `path` into the open file browser and accept it."""
    place = yield from go_to(path.parent, path.name)
    yield from press("RET", *place)


def choose_files_in(folder):
    """Show `folder` in the open file browser, select all in it, and accept."""
    place = yield from go_to(folder)
    yield from wait_until(lambda: select_files() == len(list(folder.iterdir())), 30, f"the files of {folder}")
    yield from press("RET", *place)


def go_to(folder, name=""):
    """Type a path into the file browser's path field; where its list of files is, x, y."""
    yield from wait_until(lambda: window().screen.areas[0].type == "FILE_BROWSER", 30, "the file browser")
    draw()
    area = area_of("FILE_BROWSER")
    place = middle(region_of(area, "WINDOW"))
    yield from press("L", *place, ctrl=True)
    yield from type_text(f"{folder}/{name}", *place)
    yield from press("RET", *place)
    params = area.spaces.active.params
    yield from wait_until(lambda: Path(os.fsdecode(params.directory)) == folder, 30, f"{folder} in the file browser")
    return place


def select_files():
    """Select all in the open file browser: how many these are, once the list, which is read in the background, is."""
    area = area_of("FILE_BROWSER")
    with bpy.context.temp_override(window=window(), area=area, region=region_of(area, "WINDOW")):
        bpy.ops.file.select_all(action="SELECT")
        return len(bpy.context.selected_files)
