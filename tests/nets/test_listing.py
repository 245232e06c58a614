# SPDX-License-Identifier: GPL-3.0-or-later
"""Which files of a folder are captured, and what their results are called."""

import os
import sys
from pathlib import Path

import pytest

from nets.batch.listing import LONGEST_NAME, Shard, list_sources


@pytest.fixture
def listed(tmp_path):
    """listed(names, **options): name of the file -> name of its results, and name -> why it was skipped."""
    root, out = tmp_path / "photos", tmp_path / "photos" / "out"
    out.mkdir(parents=True)

    def make(*names, **options):
        for name in names:
            (root / name).parent.mkdir(exist_ok=True, parents=True)
            (root / name).touch()
        listing = list_sources([root], out, **options)
        below = len(str(root)) + 1
        names = {each.path[below:]: each.name for each in listing.sources}
        return names, {each.path[below:]: each.reason for each in listing.skipped}

    make.root = root
    return make


def test_photos_and_videos_are_taken_and_the_rest_is_named(listed):
    names, skipped = listed("b.png", "a 😀\n.JPG", "notes.txt", ".hidden.jpg", "clip.mp4", "sub/c.jpg")
    assert names == {"a 😀\n.JPG": "a 😀\n", "b.png": "b", "clip.mp4": "clip"}
    assert set(skipped) == {"notes.txt", ".hidden.jpg", "sub", "out"}
    assert skipped[".hidden.jpg"] == "hidden" and "photo nor a video" in skipped["notes.txt"]


def test_subfolders_keep_their_place_and_the_results_are_left_out(listed):
    names, skipped = listed("b.png", "sub/deep/c.jpg", "out/b_0.png", subfolders=True)
    assert names == {"b.png": "b", "sub/deep/c.jpg": "sub/deep/c"}
    assert list(skipped) == ["out"]


def test_results_never_share_a_name(listed):
    before, _ = listed("face.png", "face.jpg", "Face.bmp", "x" * 240 + ".jpg", "x" * 241 + ".jpg", "plain.jpg")
    assert before["face.png"] == "face.png" and before["plain.jpg"] == "plain"
    assert len({name.casefold() for name in before.values()}) == 6
    assert all(len(name) <= LONGEST_NAME for name in before.values())
    after, _ = listed("a.png", "face.gif")  # what comes later changes no name that is taken
    assert before.items() <= after.items()


def test_names_do_not_depend_on_where_the_folders_are_mounted(tmp_path):
    files = ["a/x.jpg", "b/x.jpg", "b/X.jpg", "a/Y.png", "a/y.png", f"a/{'long' * 50}.jpg"]
    named = []
    for mount in ("here", "there/deeper"):
        root = tmp_path / mount
        for file in files:
            (root / file).parent.mkdir(parents=True, exist_ok=True)
            (root / file).touch()
        sources = list_sources([root / "a", root / "b"], tmp_path).sources
        named.append({Path(source.path).relative_to(root).as_posix(): source.name for source in sources})
    assert named[0] == named[1]
    assert len({name.casefold() for name in named[0].values()}) == len(files)


def test_a_folder_and_a_file_of_the_same_name_in_it(tmp_path):
    (tmp_path / "a" / "x.jpg").mkdir(parents=True)
    (tmp_path / "a" / "x.jpg" / "x.jpg").touch()
    paths = [tmp_path / "a" / "x.jpg" / "x.jpg", tmp_path / "a", tmp_path / "a/x.jpg/x.jpg/x.jpg"]
    names = [source.name for source in list_sources(paths, tmp_path).sources]
    assert len(names) == len({name.casefold() for name in names}) == 3


def test_links_in_a_circle(listed):
    listed("sub/a.jpg")
    (listed.root / "sub" / "up").symlink_to(listed.root)
    (listed.root / "sub" / "self.jpg").symlink_to("self.jpg")
    (listed.root / "twin").symlink_to("sub")
    names, skipped = listed(subfolders=True)
    assert set(names) == {"sub/a.jpg", "sub/self.jpg"}  # that the link leads nowhere is found in reading it
    assert set(skipped) == {"out", "sub/up", "twin"}


@pytest.mark.skipif(sys.platform == "win32", reason="there are no named pipes in folders")
def test_a_pipe_is_not_waited_for(listed):
    os.mkfifo(listed.root / "pipe.jpg")
    names, skipped = listed("a.jpg")
    assert list(names) == ["a.jpg"] and "pipe" in skipped["pipe.jpg"]


def test_shards_share_out_every_file_once(listed):
    files = [f"{index}.jpg" for index in range(50)] + ["notes.txt"]
    whole = listed(*files)
    parts = [listed(shard=Shard(index, 3)) for index in (1, 2, 3)]
    assert all(10 <= len(names) <= 25 for names, _ in parts)
    for everything, shares in zip(whole, zip(*parts, strict=True), strict=True):
        assert sorted(item for share in shares for item in share.items()) == sorted(everything.items())


def test_a_folder_without_photos_and_a_file_that_is_missing_are_named(tmp_path):
    (tmp_path / "empty").mkdir()
    paths = [tmp_path / "empty", tmp_path / "missing.jpg", tmp_path / "missing.jpg"]
    listing = list_sources(paths, tmp_path)
    assert [Path(source.path).name for source in listing.sources] == ["empty", "missing.jpg"]
