# SPDX-License-Identifier: GPL-3.0-or-later
"""The course of every long task, without bpy: what is asked of the worker, and what is done with its answers.

Operators run a job step by step and give it the few calls into Blender that it needs. Tests run it with none.
"""
