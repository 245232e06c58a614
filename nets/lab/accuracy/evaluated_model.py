# SPDX-License-Identifier: GPL-3.0-or-later
"""The model under test: a bundle on an engine, used through the same capture path that users have."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from nets.capture.capturer import CaptureOptions, Capturer
from nets.model.bundle import Bundle, load_bundle
from nets.model.engines import Engine, Prediction, load_engine

BATCH = 16


@dataclass(frozen=True)
class EvaluatedModel:
    """A bundle on an engine, and the detector that finds its faces."""

    bundle: Bundle
    engine: Engine
    detector: str

    @cached_property
    def capturer(self) -> Capturer:
        return Capturer(self.engine, self.bundle.layout, self.bundle.input_size, CaptureOptions(detector=self.detector))

    @cached_property
    def weights(self) -> str:
        """The first digits of the weights' checksum, which identify them in records."""
        return self.bundle.weights_digest[:16]

    @property
    def mean_landmarks(self) -> np.ndarray:
        """The landmarks (68, 3) of the mean face, canonical, millimetres."""
        return self.bundle.layout.landmarks_of(self.bundle.layout.mean)

    @property
    def mean_features(self) -> np.ndarray:
        """The features (68, 3) of the mean face, by which synthetic people and scans are measured; canonical, mm."""
        return self.bundle.layout.features_of(self.bundle.layout.mean)

    def predict(self, crops: list[np.ndarray]) -> Iterator[Prediction]:
        """Yield the predictions for crops (S, S, 3) uint8, batch by batch."""
        for start in range(0, len(crops), BATCH):
            yield self.engine.predict(np.stack(crops[start : start + BATCH]))


def load_evaluated_model(model: str, engine: str, device: str, detector: str) -> EvaluatedModel:
    """Load a bundle on an engine. Raises BundleError or EngineError."""
    bundle = load_bundle(model)
    return EvaluatedModel(bundle, load_engine(bundle, engine, device), detector)
