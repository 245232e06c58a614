# SPDX-License-Identifier: GPL-3.0-or-later
"""What the worker's jobs share: model bundles, engines, capturers and head makers, each loaded once and kept."""

from __future__ import annotations

from collections.abc import Callable

from nets.capture.capturer import CaptureOptions, Capturer
from nets.merge.merging import Compared, Merger
from nets.model.bundle import DEFAULT_BUNDLE, Bundle, load_bundle
from nets.model.engines import Engine, load_engine
from nets.model.networks import architecture_of
from nets.topology.head import HeadMaker

GRID = "grid"  # the topology of captures as they are
CAPTURE_OPTIONS = (
    "faces",
    "density",
    "texture_size",
    "detector",
    "lens",
)  # of a request's options, those of CaptureOptions


class Models:
    """The models that requests have named, each loaded when it is first asked for.

    `on_fallback` is called with the reason and the new engine when an engine on the CPU replaces a failed GPU.
    All methods take a request's options and raise CaptureError if the model or the engine cannot be loaded.
    """

    def __init__(self, on_fallback: Callable[[str, Engine], None]):
        self._on_fallback = on_fallback
        self._bundles: dict[str, Bundle] = {}
        self._engines: dict[tuple[str, int | None], Engine] = {}  # by model and iterations
        self._capturers: dict[
            tuple[str, int | None, CaptureOptions], Capturer
        ] = {}  # their meshes take a quarter of a second
        self._head_makers: dict[tuple[str, str], HeadMaker] = {}  # by model and mesh
        self._last_merged: tuple[Merger, Compared] | None = None

    def bundle(self, options: dict) -> Bundle:
        """Return the bundle that the options name, or the default one."""
        name = _model_name(options)
        if name not in self._bundles:
            self._bundles[name] = load_bundle(name)
        return self._bundles[name]

    def capturer(self, options: dict) -> Capturer:
        """Return the capturer of these options."""
        bundle = self.bundle(options)
        engine = _model_name(options), _iterations(options, bundle)
        if engine not in self._engines:
            self._engines[engine] = load_engine(bundle, on_fallback=self._on_fallback, iterations=engine[1])
        capture_options = CaptureOptions(**{key: options[key] for key in CAPTURE_OPTIONS if key in options})
        key = *engine, capture_options
        if key not in self._capturers:
            self._capturers[key] = Capturer(self._engines[engine], bundle.layout, bundle.input_size, capture_options)
        return self._capturers[key]

    def head_maker(self, options: dict, topology: str) -> HeadMaker | None:
        """Return the maker of heads on this topology's mesh for the options' model; None for the capture's own grid."""
        if topology == GRID:
            return None
        key = _model_name(options), topology
        if key not in self._head_makers:
            self._head_makers[key] = HeadMaker(self.bundle(options).layout, topology)
        return self._head_makers[key].finishing(bool(options.get("even_light")), bool(options.get("detail")))

    def keep(self, merger: Merger, compared: Compared) -> tuple[Merger, Compared]:
        """Keep what the pictures of the last merged head tell, until there is another, and return it."""
        self._last_merged = merger, compared
        return self._last_merged

    def kept(self, pictures: frozenset[tuple[str, int | None]], options: dict) -> tuple[Merger, Compared] | None:
        """Return what was kept of these pictures, path and frame each; None if that was of others or other options."""
        if self._last_merged is None:
            return None
        merger, compared = self._last_merged
        same = pictures == {(str(view.path), view.frame) for view in compared.views}
        return self._last_merged if same and merger.capturer is self.capturer(options) else None

    def forget_head_makers(self) -> None:
        """Make the next job load the face model's file again, because it has changed."""
        self._head_makers.clear()


def _iterations(options: dict, bundle: Bundle) -> int | None:
    """Return how often the network looks at a photo; a network that looks once has no such number."""
    return options.get("iterations") if architecture_of(bundle).corrects_estimates else None


def _model_name(options: dict) -> str:
    return options.get("model") or DEFAULT_BUNDLE
