# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m nets.worker`."""

from nets.worker.loop import main

if __name__ == "__main__":
    main()
