# SPDX-License-Identifier: GPL-3.0-or-later
"""`blender --command prnet_bake` in a real Blender, as a farm runs it. Debian's build has neither Alembic nor USD."""


def test_command_bakes_and_exports(blender, clips, tmp_path):
    def bake(name):
        return blender("--command", "prnet_bake", clips / "head.mp4", "--out", tmp_path / name)

    code, output = bake("head.glb")
    assert code == 0, output
    assert b'"targets"' in (tmp_path / "head.glb").read_bytes()
    code, output = bake("head.fbx")
    assert code == 0, output
    assert (tmp_path / "head.fbx").stat().st_size > 1_000_000
    code, output = bake("head.abc")
    if not (tmp_path / "head.abc").exists():
        assert code == 1 and "without what writes .abc files. Choose .blend, .fbx, .glb" in output, output
        assert "Traceback" not in output
