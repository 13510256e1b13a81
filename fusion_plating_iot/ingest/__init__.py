"""Tank readings on their way into the log: find and lock, judge, store, and what follows from it."""

from .judging import AMBIGUOUS, JudgedBatch, JudgedSensor, candidates, judge_batch
from .keys import address, measures, the_one
from .late import late_excursions
from .sensors import LockedSensor, LockedSensors, lock_sensors
from .storing import store

__all__ = [
    "AMBIGUOUS",
    "JudgedBatch",
    "JudgedSensor",
    "LockedSensor",
    "LockedSensors",
    "address",
    "candidates",
    "judge_batch",
    "late_excursions",
    "lock_sensors",
    "measures",
    "store",
    "the_one",
]
