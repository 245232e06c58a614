# SPDX-License-Identifier: GPL-3.0-or-later
"""The worker's half: from photos and clips to meshes and performances, in processes of its own.

The rooms, from the bottom up: interface, io, geometry, model, capture, topology, merge, performance, batch, worker,
commands. The lab, which trains and measures, does not ship. docs/engineering.md says what may live where.
"""

if __name__ == "nets":  # and not as a part of the extension in Blender's own process, which reads nets.interface only
    from nets.environment import prepare

    prepare()
