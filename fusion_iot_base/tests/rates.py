from contextlib import ExitStack, contextmanager
from types import SimpleNamespace
from unittest.mock import patch

from .. import early, rate_limits, recognition, refusals, sender
from ..models import iot_sender


@contextmanager
def fresh_counts():
    """Nothing was counted in this process yet, and its clock stands still.

    Gives what counts; ``now`` is the time as a list of one number, in seconds.
    """
    now = [1000.0]
    counts = SimpleNamespace(
        now=now,
        limits=rate_limits.RateLimits(clock=lambda: now[0]),
        recognition=recognition.Recognition(recognition.recognition._load, clock=lambda: now[0]),
        refusals=refusals.Refusals(clock=lambda: now[0]),
    )
    with ExitStack() as stack:
        stack.enter_context(patch.object(rate_limits, "limits", counts.limits))
        stack.enter_context(patch.object(early, "recognition", counts.recognition))
        for module in (early, refusals, sender, iot_sender):
            stack.enter_context(patch.object(module, "refusals", counts.refusals))
        yield counts
