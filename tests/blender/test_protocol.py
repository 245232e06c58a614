# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages arrive as they were sent; what is not a message, or would be refused, raises an error."""

import io

import numpy as np
import pytest

from nets.interface import protocol

pytestmark = pytest.mark.one_version


def test_messages_and_arrays_come_out_as_they_went_in():
    arrays = {
        "scalar": np.float32(0.25),
        "big_endian": np.arange(6, dtype=">f4").reshape(2, 3),
        "strided": np.arange(12, dtype=np.uint8).reshape(3, 4)[:, ::2],
        "empty": np.zeros((0, 4), np.int32),
        "mask": np.array([True, False]),
    }
    stream = io.BytesIO()
    protocol.write(stream, {"type": "face", "path": "/a café/\udcff.png"}, arrays)
    protocol.write(stream, {"type": "done", "job": 7})
    stream.seek(0)
    message, received = protocol.read(stream)
    assert message == {"type": "face", "path": "/a café/\udcff.png"}
    assert received.keys() == arrays.keys()
    for name, array in arrays.items():
        assert received[name].shape == np.shape(array)
        np.testing.assert_array_equal(received[name], array)
    assert protocol.read(stream) == ({"type": "done", "job": 7}, {})
    assert protocol.read(stream) is None


@pytest.mark.parametrize(
    "sent",
    [
        b"Traceback (most recent call last):\n",
        b"[1, 2]\n",
        b'{"job": 1}\n',
        b'{"type": "face", "arrays": [{"name": "a", "dtype": "O", "shape": [1]}]}\n12345678',
        b'{"type": "face", "arrays": [{"name": "a", "dtype": "<f4", "shape": [-1]}]}\n',
        b'{"type": "face", "arrays": [{"name": "a", "dtype": "<f4", "shape": [999999, 999999]}]}\n',
        b'{"type": "face", "arrays": [{"name": "a", "dtype": "<f4", "shape": [2]}]}\n1234',
        b'{"type": "face", "arrays": [{"dtype": "<f4", "shape": [2]}]}\n12345678',
        b"x" * (protocol.MAX_LINE + 10),
    ],
)
def test_what_is_no_message_is_refused(sent):
    with pytest.raises(protocol.ProtocolError):
        protocol.read(io.BytesIO(sent))


def test_objects_are_not_sent():
    with pytest.raises(protocol.ProtocolError, match="shape_names"):
        protocol.write(io.BytesIO(), {"type": "face"}, {"shape_names": np.array(["a", None], object)})


def test_a_request_of_thousands_of_long_paths_arrives():
    stream = io.BytesIO()
    request = {"type": "reconstruct", "paths": [f"/{'shoot' * 17}/{index:06}.png" for index in range(100_000)]}
    protocol.write(stream, request)
    stream.seek(0)
    assert protocol.read(stream) == (request, {})


def test_what_the_other_side_would_refuse_is_not_sent(monkeypatch):
    monkeypatch.setattr(protocol, "MAX_LINE", 100)
    monkeypatch.setattr(protocol, "MAX_BYTES", 100)
    stream = io.BytesIO()
    for message, arrays in (
        ({"type": "track", "paths": ["a" * 100]}, {}),
        ({"type": "face"}, {"a": np.zeros(101, np.uint8)}),
        ({"type": "face"}, {f"{index}": np.zeros(1) for index in range(protocol.MAX_ARRAYS + 1)}),
        ({"type": "face", "path": object()}, {}),
    ):
        with pytest.raises(protocol.ProtocolError, match=message["type"]):
            protocol.write(stream, message, arrays)
    assert not stream.getvalue()


def test_version_is_the_manifests(manifest):
    assert manifest["version"] == protocol.VERSION
