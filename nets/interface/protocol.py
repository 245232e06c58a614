# SPDX-License-Identifier: GPL-3.0-or-later
"""What Blender and the worker say to each other over the worker's stdin and stdout.

A message is one line of JSON (UTF-8) with a "type". If it has "arrays", a list of {"name", "dtype", "shape"}, their
raw little-endian bytes follow in that order. Nothing is pickled. Needs only numpy and the standard library, as both
sides import it.

worker -> client
    hello     protocol, version, python, engine, device, reason (why it is the CPU, or ""), models; the first message
    engine    engine, device, reason: the GPU has failed, and this goes on in its place
    speed     job, device (its name), engine, ms (of the network, per face); or error
    progress  job, done, total, stage, and path; for a clip rate (frames/s) and left_s in its place
    face      job, path, index, box, confidence, residual, expressions (name -> weight), and the arrays of one face
              (the keys of its npz file); with the first face of a photo that Blender does not show, photo_png (n,) u1:
              a copy that it does
    model_head  job, index (that of its face or the person of its performance, whose message it follows; else 0),
              topology (head, light or model), shapes (names of blendshapes), parts (names of materials), distance
              (millimetres on average from the captured surface), and the arrays of a head on that mesh: vertices
              (V, 3) f4, at rest,
              canonical millimetres; offsets (B, V, 3) f2 and values (B,) f4 of its shapes; faces and face_uv (F, 4)
              i4, last index -1 for a triangle; uv (T, 2) f4; part (F,) u1; PART_png (n,) u1: the files of the parts
              that have a texture; where asked for, skin_photo_png: the skin in the photo's own light, and
              skin_normal_png: its normal map; after a merged head also views (P, V, 3) f4, the head with the
              expression of each photo, and uncertainty (V,) f4, its expected error in millimetres
    head_keys  job, shapes (names of blendshapes), and the array offsets (B, V, 3) f2, as of model_head
    preview   job, frame, and the array image (h, w, 3) u1: the frame of a clip with what was found drawn on it
    gap       job, first, last, reason: clip frames without the face
    performance  job, person, clip, rate, error_mm, smoothing, textures, arkit_names, and the arrays of one performance
              (the keys of its npz file; arkit_shapes (52, N, 3) too where the worker has a face model)
    pictures  job, files (name of a picture -> path): pictures of a head that were written
    masks     job, and for each part of a face (eyes, brows, nose, lips, cheeks, beard, forehead) the array of its name
              (256, 256) u1: its mask in the skin's texture
    textures  job, and the arrays of the textures that have changed, by the name of their part (T, T, 3) u1
    frames    job, path (of a clip), frames: those that a head is made of, chosen or as they were asked for
    head      job, paths (the files of the pictures that it was merged from), summary (a text: how sure the head is, and
              what would help), and the arrays of one merged head (keys of its npz file)
    found     job, path, and the array boxes (K, 4) f4: left, top, right, bottom of the photo's faces, largest first
    live      job, time (seconds since the source was opened, when the picture came), delay (seconds since then), people
              (in the picture), confidence; where the person is seen, the arrays weights (52,) f4 of ARKit's blendshapes
              in the order of live_link.WEIGHTS, and rotation (3, 3) f4 as of a performance; where pictures were asked
              for, the array picture (h, w, 3) u1
    cameras   job, names: of the cameras by their number, empty for a number that is none
    input     job and that input's entry of report.json; sent once per path, after its faces
    warning   message, and job where it belongs to one
    error     message, remedy, and job where it belongs to one: the job cannot go on
    done      job, cancelled; the last message of a job
client -> worker
    reconstruct  job, paths, options (model, faces, density, texture_size, boxes, detector; lens: a text, see
                 nets/capture/lens.py, of all jobs that capture; topology: grid, the
                 capture's own and the default; with head, the project's own head, or model, the ICT face model, a
                 model_head follows every face; even_light: divide the photo's light out of its skin; detail: make a
                 normal map of its fine shading; iterations: looks at a photo of a network that
                 corrects its own estimate)
    track        job, source (path of a movie, or paths of an image sequence), frames ([first, last, step] of the clip,
                 both ends included, or null for all), options (model, people, smoothing, gaps, density,
                 texture_size, preview, topology as of reconstruct: the model_head shows the mean of all frames), cache:
                 a folder; what it holds of this clip is not computed again; textures: a folder for a texture per
                 frame, left out if none are wanted; textures_up_to: frames that a clip has at most for them; fixes,
                 left out for those that the cache has: number of a person -> {keyframes: [{frame, box or null, pins as
                 of correct}], ignored: [{first, last, and one of box; outlines: [[frame, [[[x, y], …], …]], …], valid
                 from that frame on to the next; pictures: a path for each frame, or one for all, white hides}],
                 smoothing: [{first, last, position, depth, rotation, expression}]}, frames of the clip and its pixels.
                 The option smoothing is a number, or {position, depth, rotation, expression}
    clip_pictures  job, source as of track, frames (their numbers), height in pixels; each frame that can be read
                 gives a preview
    put_on_model  job, options (model, topology: head or model, the default; even_light, detail), and the arrays of a
                 capture: vertices (N, 3), canonical millimetres, texture, gaze, and where they are known arkit (52,),
                 its weights of ARKit's blendshapes, texture_mask (T, T) u1 and in_view (N,) f4; the answer is a
                 model_head
    update_keys  job, options (model, topology: head or model), and the array vertices (V, 3) f4 of a head on that mesh
                 at rest, canonical millimetres, which was changed after its capture; the answer is head_keys
    passes       job, files (depth: an .exr, normals and pncc: .png files to write), image_size (width, height),
                 perspective (whether the camera has one), options (model, topology: grid, head, light or model), and
                 the arrays of a head before its camera: places (V, 2) f4, pixels of the photo; points (V, 3) f4,
                 metres in camera space (x right, y down, z forward); triangles (M, 3) i4; uv (V, 2) f4, in the layout
                 for a head on the grid; the answer is pictures
    render_over  job, files (picture: a .png file to write), path and frame of a movie, image_size, perspective, options
                 as of reconstruct, box, pins, mirrored, lens as of correct (without box a clip's frame, whose face is
                 where the head is); rendered: a render of the head (.png with alpha) to draw in place of its textures;
                 and arrays as of passes, with corner_uv (M, 3, 2) f4, material (M,) i4, texture_N (T, S, 3) u1 of the
                 N-th material, and captured_places, captured_points, captured_texture_N: the head as it was captured;
                 the answer is pictures
    part_masks   job, options (model, topology: grid, head or light); the answer is masks
    take_part    job, parts (of the face), options (model, topology), source_topology, and the arrays own_PART and
                 source_PART (T, T, 3) u1, textures of the head and of the one that it takes the parts from, and for
                 each part whose mask the user has changed mask_PART (S, S) u1; the answer is textures
    swap         job, source and target (path, frame of a movie, box, pins, mirrored, lens, as of correct; a target that
                 is a clip: paths, person, cache as of track), out (a .png file, for a clip with the frame's number
                 before its ending), options; the answer is pictures, one for each frame
    install_face_model  job, source (an address or a folder of ICT-FaceKit's files;
                 empty: its repository), folder to write to
    merge        job, paths of photos of one person, clips of the same person, left out if there are none (source as of
                 track; frames to look through, as of track; chosen: the frames that count, left out if they are to be
                 chosen), options (model, density, texture_size, boxes, topology, detector)
    merge_texture  job, paths, frames (-1 for a photo) and weights of a merged head's pictures (0 leaves one out),
                 options as of merge; a textures message answers it
    correct      job, faces (of each path, frame of a movie, box, pins [[point, x, y], …] by the numbers of
                 surface_points.py, mirrored, topology, lens),
                 options as of reconstruct; each gives a face message with its number in the list as index, and an input
    live         job, camera (number) or path (of a clip that plays as a camera would), options (model), pictures:
                 whether to send them; keep: a movie to write of the camera's pictures, left out if none is wanted; live
                 messages come, of the newest picture each, until a cancel
    cameras      job; no camera is switched on
    find         job, path, frame of a movie, options
    cancel       job; the worker stops between faces or frames and answers with done
    self_test    job; a speed message per device
    quit

The process that builds the environment for the GPU (blender_prnet/worker/environment) says hello with protocol and
version only, takes one request, and answers with progress (text, done and total bytes, 0 where not known), error and
done:
    install      job, environment (folder), requirements (file), wheels (folders to install from, none: the internet)
    remove       job, environment
"""

import json
import math
from collections.abc import Mapping
from typing import BinaryIO

import numpy as np

PROTOCOL = 1
VERSION = "0.1.0"  # the extension's version, the same as in blender_manifest.toml

# What a broken peer can make the other side read before it is refused. The line holds all paths of a request: half a
# million of a hundred letters.
MAX_LINE = 1 << 26
MAX_ARRAYS = 64
MAX_BYTES = 1 << 30
KINDS = "biuf"  # booleans and numbers; never objects


class ProtocolError(Exception):
    """Raised for bytes that are not a message, after which the stream cannot be trusted, and for a message that the
    other side would refuse."""


def write(stream: BinaryIO, message: dict, arrays: Mapping[str, np.ndarray] | None = None) -> None:
    """Send one message and flush. Raises ProtocolError, before anything is sent, if `encode` does."""
    stream.write(encode(message, arrays))
    stream.flush()


def encode(message: dict, arrays: Mapping[str, np.ndarray] | None = None) -> bytes:
    """Return the bytes of one message.

    `arrays`: name -> numpy array of booleans or numbers, any shape. Raises ProtocolError if the message cannot be
    written as JSON, an array holds something else, or either is larger than the other side reads.
    """
    arrays = {name: np.asarray(array) for name, array in (arrays or {}).items()}
    announced, payload = [], []
    for name, array in arrays.items():
        if array.dtype.kind not in KINDS:
            raise ProtocolError(f"array {name} has type {array.dtype}, which is neither booleans nor numbers")
        array = array.astype(array.dtype.newbyteorder("<"), copy=False)
        announced.append({"name": name, "dtype": array.dtype.str, "shape": list(array.shape)})
        payload.append(array)
    if len(arrays) > MAX_ARRAYS or sum(array.nbytes for array in payload) > MAX_BYTES:
        raise ProtocolError(f"{len(arrays)} arrays of a {message.get('type')} message are too many or too large")
    if announced:
        message = {**message, "arrays": announced}
    try:
        line = json.dumps(message, ensure_ascii=False).encode("utf-8", "surrogateescape") + b"\n"
    except (TypeError, ValueError) as error:
        raise ProtocolError(f"a {message.get('type')} message cannot be written as JSON ({error})") from error
    if len(line) > MAX_LINE:
        raise ProtocolError(f"a {message.get('type')} message of {len(line)} bytes; {MAX_LINE} are the most")
    return b"".join([line, *(array.tobytes() for array in payload)])


def read(stream: BinaryIO) -> tuple[dict, dict[str, np.ndarray]] | None:
    """Return the next (message, arrays) of a blocking binary stream, or None at its end. The arrays are read-only."""
    line = stream.readline(MAX_LINE)
    if not line:
        return None
    if len(line) == MAX_LINE and not line.endswith(b"\n"):
        raise ProtocolError(f"a message of more than {MAX_LINE} bytes: {line[:80]!r}")
    try:
        message = json.loads(line.decode("utf-8", "surrogateescape"))
    except ValueError as error:
        raise ProtocolError(f"not a message: {line[:80]!r}") from error
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise ProtocolError(f"a message without a type: {line[:80]!r}")
    return message, _read_arrays(stream, message.pop("arrays", []))


def _read_arrays(stream: BinaryIO, announced: object) -> dict[str, np.ndarray]:
    if not isinstance(announced, list) or len(announced) > MAX_ARRAYS:
        raise ProtocolError(f"bad list of arrays: {str(announced)[:80]}")
    arrays, left = {}, MAX_BYTES
    for entry in announced:
        name, dtype, shape = _layout(entry)
        size = dtype.itemsize * math.prod(shape)
        left -= size
        if left < 0:
            raise ProtocolError(f"array {name} of shape {shape} is too large")
        data = stream.read(size) if size else b""
        if len(data) != size:
            raise ProtocolError(f"array {name} ended after {len(data)} of {size} bytes")
        arrays[name] = np.frombuffer(data, dtype).reshape(shape)
    return arrays


def _layout(entry: object) -> tuple[str, np.dtype, tuple[int, ...]]:
    try:
        name, dtype, shape = entry["name"], np.dtype(entry["dtype"]), tuple(entry["shape"])
    except (TypeError, KeyError, ValueError) as error:
        raise ProtocolError(f"bad array: {str(entry)[:80]}") from error
    if dtype.kind not in KINDS or not all(isinstance(n, int) and n >= 0 for n in shape):
        raise ProtocolError(f"bad array: {str(entry)[:80]}")
    return name, dtype, shape
