# SPDX-License-Identifier: GPL-3.0-or-later
"""Run by TensorFlow's Python: PRN's network in tf_slim from its description, random weights, and what it answers.

Writes the checkpoint 256_256_resfcn256_weight and answers.npz, crops and maps, to the folder given.
"""

import os
import sys
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import tensorflow.compat.v1 as tf
import tf_slim as slim

WIDTH = 16
ENCODER = (2, 4, 8, 16, 32)
DECODER = ((32,), (16, 16, 16), (8, 8, 8), (4, 4, 4), (2, 2), (1, 1))  # each group but the first begins with stride 2


def residual_block(x, channels, stride, normalise):
    with tf.variable_scope(None, "resBlock"):
        shortcut = x
        if stride != 1 or x.shape[3] != channels:
            shortcut = slim.conv2d(x, channels, 1, stride, activation_fn=None, normalizer_fn=None, scope="shortcut")
        x = slim.conv2d(x, channels // 2, 1)
        x = slim.conv2d(x, channels // 2, 4, stride)
        x = slim.conv2d(x, channels, 1, activation_fn=None, normalizer_fn=None)
        return tf.nn.relu(normalise(x + shortcut))


def network(crops):
    """Maps (B, 256, 256, 3) in [0, 1] of crops (B, 256, 256, 3) in [0, 1]."""
    with (
        tf.variable_scope("resfcn256"),
        slim.arg_scope([slim.batch_norm], is_training=False, scale=True),
        slim.arg_scope(
            [slim.conv2d, slim.conv2d_transpose],
            activation_fn=tf.nn.relu,
            normalizer_fn=slim.batch_norm,
            biases_initializer=None,
            padding="SAME",
        ),
    ):
        x = slim.conv2d(crops, WIDTH, 4, 1)
        for channels in ENCODER:
            for stride in (2, 1):
                x = residual_block(x, WIDTH * channels, stride, slim.batch_norm)
        for number, group in enumerate(DECODER):
            for index, channels in enumerate(group):
                x = slim.conv2d_transpose(x, WIDTH * channels, 4, 2 if number and not index else 1)
        for _ in range(2):
            x = slim.conv2d_transpose(x, 3, 4, 1)
        return slim.conv2d_transpose(x, 3, 4, 1, activation_fn=tf.nn.sigmoid)


def main(folder: Path):
    tf.disable_v2_behavior()
    rng = np.random.default_rng(0)
    crops = tf.placeholder(tf.float32, (None, 256, 256, 3))
    maps = network(crops)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for variable in tf.global_variables():  # statistics that differ from those of a new network
            if "BatchNorm" in variable.name:
                low, high = (0.5, 1.5) if "gamma" in variable.name or "variance" in variable.name else (-0.3, 0.3)
                variable.load(rng.uniform(low, high, variable.shape).astype(np.float32), session)
        tf.train.Saver().save(session, str(folder / "256_256_resfcn256_weight"), write_meta_graph=False)
        pictures = rng.random((2, 256, 256, 3)).astype(np.float32)
        np.savez(folder / "answers.npz", crops=pictures, maps=session.run(maps, {crops: pictures}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
