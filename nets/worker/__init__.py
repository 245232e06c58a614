# SPDX-License-Identifier: GPL-3.0-or-later
"""The worker: a child process of Blender that does its jobs, spoken to over stdin and stdout."""
