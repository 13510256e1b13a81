"""`python -m fusion_cli.simulator`: the entry; ends quietly when it is told to."""

from __future__ import annotations

import argparse
import os
import sys
import time

from .. import signals
from ..problem import Interrupted
from .play import play
from .settings import MissingSetting, Settings


def log(text: str) -> None:
    """One line with the time."""
    print(time.strftime("%Y-%m-%d %H:%M:%S"), text, flush=True)


def main() -> int:
    """Read the environment, play until a signal comes."""
    parser = argparse.ArgumentParser(prog="python -m fusion_cli.simulator", description=__doc__)
    parser.add_argument("--hours", type=float, default=8.0, help="hours to look back (default: 8)")
    parser.add_argument("--seed", type=int, default=1, help="another seed, another line (default: 1)")
    options = parser.parse_args()
    signals.raise_on_stop()
    try:
        play(Settings.read(os.environ), options.hours, options.seed, log)
    except Interrupted:
        return 0
    except MissingSetting as problem:
        print(f"simulator: {problem}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
