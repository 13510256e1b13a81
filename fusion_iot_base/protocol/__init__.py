"""The vocabulary of shop-floor measurements. Pure: nothing of Odoo in here, relative imports only."""

from .batch import IngestBatch, IngestReport, Rejection
from .clock import TimeSource, parse_time, settle_time
from .faults import FAULT_RULES, FaultRules, grade
from .measurement import Measurement
from .quality import Quality
from .quantities import QUANTITIES, UNIT_SYNONYMS, Quantity, UnitError, convert, units_for
from .serials import crc8, normalise_serial
from .values import ValueProblem, parse_number

__all__ = [
    "FAULT_RULES",
    "QUANTITIES",
    "UNIT_SYNONYMS",
    "FaultRules",
    "IngestBatch",
    "IngestReport",
    "Measurement",
    "Quality",
    "Quantity",
    "Rejection",
    "TimeSource",
    "UnitError",
    "ValueProblem",
    "convert",
    "crc8",
    "grade",
    "normalise_serial",
    "parse_number",
    "parse_time",
    "settle_time",
    "units_for",
]
