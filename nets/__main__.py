# SPDX-License-Identifier: GPL-3.0-or-later
import sys

from nets.commands import run_command

if __name__ == "__main__":
    sys.exit(run_command(sys.argv[1:]))
