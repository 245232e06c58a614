# SPDX-License-Identifier: GPL-3.0-or-later
"""The documents are true of the code: messages, buttons, settings, links, and the example that is to be typed."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def texts(*folders):
    """All Python of these folders, strings that go on in the next line in one piece."""
    files = sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py") if path != Path(__file__))
    joined = "\n".join(path.read_text(encoding="utf-8") for path in files)
    return re.sub(r"\"\n\s*r?f?\"", "", joined).replace("\\", "")


CODE, TESTS = texts("blender_prnet", "nets"), texts("tests")
MANUAL = (ROOT / "docs/manual.md").read_text(encoding="utf-8")


def messages():
    headings = re.findall(r"^### (.*)$", (ROOT / "docs/troubleshooting.md").read_text(encoding="utf-8"), re.MULTILINE)
    return [[part.strip(" …") for part in re.findall(r"`([^`]*)`", heading)] for heading in headings]


@pytest.mark.parametrize("parts", messages(), ids=" … ".join)
def test_every_message_of_the_page_is_in_the_code_and_reached_by_a_test(parts):
    assert all(part in CODE for part in parts)
    assert any(part in TESTS for part in parts)


def test_every_button_is_in_the_manual():
    operators = re.findall(r"class PRNET_OT_.*?bl_label = \"([^\"]*)\"", CODE, re.DOTALL)
    assert len(operators) > 30
    assert [label for label in operators if f"**{label}**" not in MANUAL and f"*{label}*" not in MANUAL] == []


def test_every_setting_is_in_the_manual():
    groups = re.findall(
        r"class \w+\((?:\w+, )*bpy\.types\.(?:PropertyGroup|AddonPreferences)\):.*?(?=\nclass |\n\n\n)", CODE, re.DOTALL
    )
    names = re.findall(r"\w+: \w+Property\(\s*name=\"([^\"]*)\"", "".join(groups))
    assert len(names) > 20
    assert [name for name in names if name not in MANUAL] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_what_is_there(page):
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if not target.startswith(("http://", "https://")):
            file, _, anchor = target.partition("#")
            assert not file or (page.parent / file).exists(), target
            headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE) if not file else []
            slugs = [re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings]
            assert not anchor or file or anchor in slugs, target


def test_the_example_in_python_runs(tmp_path):
    """As it stands in the document, on the demo's photo."""
    pytest.importorskip("skimage")
    from PIL import Image
    from skimage.data import astronaut

    Image.fromarray(astronaut()).save(tmp_path / "portrait.jpg")
    (example,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs/engineering.md").read_text("utf-8"), re.DOTALL)
    environment = {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    subprocess.run([sys.executable, "-c", example], cwd=tmp_path, env=environment, check=True)
    assert (tmp_path / "portrait_0.npz").is_file()
