# SPDX-License-Identifier: GPL-3.0-or-later
"""What is judged: a bundle on an engine, seen through the same capture path that users have."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from nets.capture.capturer import CaptureOptions, Capturer
from nets.model.bundle import Bundle, load_bundle
from nets.model.engines import Engine, Prediction, load_engine

BATCH = 16


@dataclass(frozen=True)
class Subject:
    bundle: Bundle
    engine: Engine
    detector: str

    @cached_property
    def capturer(self) -> Capturer:
        return Capturer(self.engine, self.bundle.layout, self.bundle.input_size, CaptureOptions(detector=self.detector))

    @cached_property
    def weights(self) -> str:
        """What tells these weights from others."""
        return self.bundle.weights_digest[:16]

    @property
    def mean_landmarks(self) -> np.ndarray:
        """The mean face's landmarks (68, 3), canonical."""
        return self.bundle.layout.landmarks_of(self.bundle.layout.mean)

    def predictions(self, crops: list[np.ndarray]) -> Iterator[Prediction]:
        """Of crops (S, S, 3) u1, batch by batch."""
        for start in range(0, len(crops), BATCH):
            yield self.engine.predict(np.stack(crops[start : start + BATCH]))


def load_subject(model: str, engine: str, device: str, detector: str) -> Subject:
    """Raises BundleError, EngineError."""
    bundle = load_bundle(model)
    return Subject(bundle, load_engine(bundle, engine, device), detector)
