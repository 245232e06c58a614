# SPDX-License-Identifier: GPL-3.0-or-later
import sys

from nets.environment import prepare


def main() -> int:
    prepare()
    from nets.cli import run_command

    return run_command(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
