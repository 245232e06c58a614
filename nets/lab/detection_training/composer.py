# SPDX-License-Identifier: GPL-3.0-or-later
"""Draws random scenes from a bank of cut-outs.

What counts as a face: a human one of which two fifths or more lie in the picture, masks, hats and sunglasses or not,
whichever way the picture is turned, from in front or from the side (yaw up to 100°). Animals, hands, hair, scrambled
faces and everything in clutter.py do not count. Statues, dolls and paintings of people are not drawn at all: whether
they are proposed is left open.
"""

import numpy as np

from nets.lab.detection_training.animals import animal_head
from nets.lab.detection_training.backdrop import draw_backdrop
from nets.lab.detection_training.bank import SIZE
from nets.lab.detection_training.clutter import add_clutter
from nets.lab.detection_training.coverings import PROFILE, covered
from nets.lab.detection_training.portraits import draw_frame, lay_out_levels, portrait
from nets.lab.detection_training.scenes import (
    SCENE_SIZE,
    Canvas,
    Place,
    Scene,
    album,
    close_up,
    crowd,
    log_uniform,
    nobody,
    scattered,
    scrambled,
)

PORTRAITS = 0.5  # of the scenes: photos of one or two people with the smaller copies of a pyramid
ARRANGEMENTS = {crowd: 0.3, scattered: 0.44, album: 0.12, close_up: 0.04, nobody: 0.1}
PROFILES_FAVOURED = 4.0  # how many times as likely a profile is drawn as another cut-out
COVERED = 0.16  # of the faces
ANIMALS_KEPT = 40  # drawn ones at a time: drawing one takes longer than pasting it
ANIMALS_RENEWED = 0.15  # of those that are used


class Composer:
    """Draws scenes from a bank (K,) of cut-outs."""

    def __init__(self, bank: np.ndarray):
        self._bank = bank
        self._faces, self._others = np.flatnonzero(bank["is_face"]), np.flatnonzero(~bank["is_face"])
        odds = np.where(np.abs(bank["yaw"][self._faces]) > PROFILE, PROFILES_FAVOURED, 1.0)
        self._odds = np.cumsum(odds) / odds.sum()
        self._animals: list[np.ndarray] = []

    def draw(self, rng: np.random.Generator) -> Scene:
        if rng.random() < PORTRAITS:
            return lay_out_levels(rng, lambda most: self._portrait(rng, most))
        canvas = self._canvas(rng, 5)
        odds = np.array(list(ARRANGEMENTS.values()))
        places = list(ARRANGEMENTS)[rng.choice(len(odds), p=odds / odds.sum())](rng)
        self._fill(rng, canvas, places, animals=0.03)
        if places and rng.random() < 0.3:
            canvas.cover(rng)
        return canvas.scene(rng)

    def _portrait(self, rng: np.random.Generator, most: tuple[int, int]) -> Scene:
        """A photo of one to three people, at most so many pixels wide and high."""
        canvas = self._canvas(rng, 2)
        frame, quarter = draw_frame(rng, most)
        self._fill(rng, canvas, portrait(rng, frame), animals=0.15)
        if rng.random() < 0.1:
            canvas.cover(rng)
        return canvas.photo(rng, frame, quarter)

    def _canvas(self, rng: np.random.Generator, most_distractions: int) -> Canvas:
        canvas = Canvas(draw_backdrop(rng, SCENE_SIZE))
        add_clutter(rng, canvas.image, int(rng.integers(0, 2 * most_distractions - 1)))
        for _ in range(rng.integers(0, most_distractions)):
            self._distract(rng, canvas)
        return canvas

    def _fill(self, rng: np.random.Generator, canvas: Canvas, places: list[Place], animals: float) -> None:
        """Puts a face at each place, or, with that probability, an animal."""
        for place in places:
            if rng.random() < animals:
                canvas.paste(rng, self._animal(rng), place, counts=False)
                continue
            cut_out = self._bank[self._faces[min(np.searchsorted(self._odds, rng.random()), len(self._faces) - 1)]]
            canvas.paste(rng, covered(rng, cut_out) if rng.random() < COVERED else cut_out, place)

    def _distract(self, rng: np.random.Generator, canvas: Canvas) -> None:
        """Something pasted as faces are, that is none: animals, hands, hair, a face with its parts in the wrong
        places."""
        place = Place(rng.uniform(0, SCENE_SIZE, 2), log_uniform(rng, 10, 90), rng.uniform(-np.pi, np.pi))
        kind = rng.random()
        if kind < 0.4:
            cut_out = self._animal(rng)
            place = Place(place.centre, place.side, place.turn * (rng.random() < 0.3))
        elif kind < 0.75 and len(self._others):
            cut_out = self._bank[rng.choice(self._others)].copy()
            cut_out["centre"], cut_out["side"] = (SIZE - 1) / 2, SIZE / 2
        else:
            cut_out = scrambled(rng, self._bank[rng.choice(self._faces)])
        canvas.paste(rng, cut_out, place, counts=False)

    def _animal(self, rng: np.random.Generator) -> np.ndarray:
        if len(self._animals) < ANIMALS_KEPT:
            self._animals.append(animal_head(rng))
            return self._animals[-1]
        chosen = rng.integers(ANIMALS_KEPT)
        if rng.random() < ANIMALS_RENEWED:
            self._animals[chosen] = animal_head(rng)
        return self._animals[chosen]
