# SPDX-License-Identifier: GPL-3.0-or-later
"""The architectures that can be trained. It needs no PyTorch: a task's class is imported when asked for."""

from pkgutil import resolve_name

# Architecture, as in nets/model/networks -> its nets.lab.training.tasks.TrainingTask, as "module:name".
TRAINING_TASKS = {
    "compact": "nets.lab.training.tasks:CompactTask",
    "live": "nets.lab.training.tasks:LiveTask",
    "iterative": "nets.lab.training.iterative:IterativeTask",
    "resfcn256": "nets.lab.training.tasks:MapTask",
}


def training_task(architecture: str) -> type:
    """Import the class of an architecture's training task."""
    return resolve_name(TRAINING_TASKS[architecture])
