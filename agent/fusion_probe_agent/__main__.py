"""`python3 -m fusion_probe_agent`."""

import sys

from .cli import main

sys.exit(main())
