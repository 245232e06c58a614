# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m nets swap`: put the faces of other people on a photo or a clip."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from nets.capture.capturer import CaptureOptions, Capturer
from nets.capture.face import FaceResult
from nets.capture.face_swap import FaceSwap, describe_swap, doubt_about
from nets.capture.picture_formats import FacePictures
from nets.commands.arguments import add_model_arguments
from nets.errors import UsageError
from nets.interface.file_kinds import is_movie
from nets.io.clip import open_clip
from nets.io.files import make_folder, replace_file
from nets.io.movie_container import contents_of
from nets.io.movie_sound import sound_of
from nets.io.pictures import expand, read_picture
from nets.io.provenance import encode_marked, write_marked_movie
from nets.model.bundle import Bundle, load_bundle
from nets.model.engines import load_engine
from nets.performance.bake import Performed
from nets.performance.swapped_clip import performances_of, played_evenly, swapped_frames

CONSENT = "Swap faces only of people who have agreed to it, and say so wherever you show the result."
ENDINGS = (".png", ".jpg", ".jpeg")
ALL_FRAMES = 0, None, 1
NO_SOUND = "its sound is left out, because only that of MP4 and MOV files can be copied. Add it in a video editor"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = CONSENT
    parser.add_argument("target", type=Path, metavar="PHOTO|CLIP", help="a photo, a movie, or a folder of its frames")
    parser.add_argument(
        "--face",
        action="append",
        required=True,
        metavar="[PERSON=]PHOTO",
        help="whose face it gets; PERSON 0 is the largest of a photo, the one seen longest in a clip",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="FILE|DIR", help=".png, .jpg; .mp4, or a folder")
    add_model_arguments(parser)


def run(args: argparse.Namespace) -> int:
    print(CONSENT, file=sys.stderr)
    bundle = load_bundle(args.model)
    engine = load_engine(bundle, args.engine, args.device)
    options = CaptureOptions(faces="all", detector=args.detector, lens=args.lens)
    capturer = Capturer(engine, bundle.layout, bundle.input_size, options)
    sources = dict(map(person_and_file, args.face))
    faces = {person: faces_of(path, capturer)[0] for person, path in sources.items()}
    for person, face in faces.items():
        if doubt := doubt_about(face, sources[person].name):
            print(f"warning: {doubt}", file=sys.stderr)
    swaps = {person: FaceSwap(face, bundle.layout) for person, face in faces.items()}
    description = describe_swap(path.name for path in sources.values())
    if is_movie(args.target) or args.target.is_dir():
        swap_clip(args, swaps, capturer, bundle, description)
    else:
        swap_photo(args, swaps, capturer, description)
    return 0


def swap_photo(args: argparse.Namespace, swaps: dict[int, FaceSwap], capturer: Capturer, description: str) -> None:
    """Write the photo with other faces. Raises UsageError, UnreadableError, NoFaceError or OutputError."""
    ending = args.out.suffix.lower()
    if ending not in ENDINGS:
        raise UsageError(f"a photo is written as {', '.join(ENDINGS)}", args.out)
    photo, faces = read_picture(args.target).photo, faces_of(args.target, capturer)
    for person, swap in swaps.items():
        if person >= len(faces):
            raise UsageError(f"there is no person {person} in the photo: it has {len(faces)} faces", args.target)
        face = faces[person]
        photo = swap(photo, FacePictures(face, capturer.layout).seen, face.uv, face.in_view)
    replace_file(args.out, encode_marked(photo, description, ending))


def swap_clip(
    args: argparse.Namespace, swaps: dict[int, FaceSwap], capturer: Capturer, bundle: Bundle, description: str
) -> None:
    """Write the clip with other faces, as a movie with the clip's sound, or as pictures."""
    paths = expand([args.target])
    with tempfile.TemporaryDirectory(prefix="prnet-") as cache:
        events = performances_of(paths, ALL_FRAMES, set(swaps), capturer, bundle.weights_digest, Path(cache))
        performed = {event.person: event.performance for event in events if isinstance(event, Performed)}
        frames = swapped_frames(paths, ALL_FRAMES, performed, swaps, capturer)
        if args.out.suffix.lower() == ".mp4":
            rate, sound = open_clip(paths).rate, sound_of(args.target) if is_movie(args.target) else None
            if sound is None and is_movie(args.target) and contents_of(args.target).sound:
                print(f"warning: {args.target}: {NO_SOUND}", file=sys.stderr)
            pictures = played_evenly(frames, next(iter(performed.values())).time, rate)
            write_marked_movie(args.out, pictures, rate, description, sound)
            return
        out = make_folder(args.out)
        for number, picture in frames:
            replace_file(out / f"{number:06d}.png", encode_marked(picture, description))


def faces_of(path: Path, capturer: Capturer) -> list[FaceResult]:
    """Capture the faces of a photo, largest first. Raises UnreadableError or NoFaceError."""
    picture = read_picture(path)
    found = capturer.find(picture.photo)
    camera = capturer.camera_of(picture.photo, found[0], picture.focal)
    return [capturer.build(picture.photo, estimate, camera) for estimate in found]


def person_and_file(text: str) -> tuple[int, Path]:
    """Parse PERSON=PHOTO, or PHOTO for person 0."""
    person, separator, path = text.partition("=")
    return (int(person), Path(path)) if separator and person.isdecimal() else (0, Path(text))
