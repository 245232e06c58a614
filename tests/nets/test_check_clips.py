# SPDX-License-Identifier: GPL-3.0-or-later
"""The measures of check-clips on signals whose jitter, lag and amplitude are known, and the command without Unix."""

import subprocess
import sys

import numpy as np
import pytest

from nets.lab.accuracy.clips import jitter, lag_and_amplitude, peak_delays

FRAMES = np.arange(200)


def test_jitter_is_the_noise_s_standard_deviation_in_both_axes():
    noise = np.random.default_rng(0).normal(0, 0.3, (2000, 68, 3))
    assert jitter(np.arange(68)[:, None] + noise) == pytest.approx(0.3 * 2**0.5, rel=0.01)


@pytest.mark.parametrize(("late", "amplitude"), [(0, 1), (0.5, 0.9), (-1, 1.1)])
def test_lag_and_amplitude_of_a_late_copy_are_found(late, amplitude):
    true, found = np.sin(FRAMES / 15), 3 + amplitude * np.sin((FRAMES - late) / 15)
    assert lag_and_amplitude(found, true) == pytest.approx((late, amplitude), abs=0.03)


def test_each_peak_s_delay_is_found():
    def bumps(*middles):
        return sum(np.exp(-0.5 * ((FRAMES - middle) / 3) ** 2) for middle in middles)

    assert peak_delays(bumps(52, 99, 3), bumps(50, 100, 3)) == [0, 2, -1]


def test_the_command_is_there_on_windows():
    code = "import sys; sys.modules['resource'] = None; import nets.lab.commands.check_clips"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
