"""`python -m libami` is the command `libami`."""

from __future__ import annotations

import sys

from libami.cli import main

if __name__ == "__main__":
    sys.exit(main())
