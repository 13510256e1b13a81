"""The vocabulary of shop-floor measurements. Pure: nothing of Odoo in here, relative imports only."""

from .batch import IngestBatch, IngestReport, Rejection
from .clock import TimeSource, parse_time, settle_time
from .faults import FAULT_RULES, FaultRules, grade
from .json_readings import MAX_READINGS, SERIAL_MAX, BadBody, JsonReadings, read_json_readings
from .measurement import Measurement
from .quality import Quality
from .quantities import QUANTITIES, UNIT_SYNONYMS, Quantity, UnitError, convert, units_for
from .serials import crc8, normalise_serial
from .signature import SIGNATURE_TOLERANCE_S, sign, signature_valid
from .values import ValueProblem, parse_number

__all__ = [
    "FAULT_RULES",
    "MAX_READINGS",
    "QUANTITIES",
    "SERIAL_MAX",
    "SIGNATURE_TOLERANCE_S",
    "UNIT_SYNONYMS",
    "BadBody",
    "FaultRules",
    "IngestBatch",
    "IngestReport",
    "JsonReadings",
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
    "read_json_readings",
    "settle_time",
    "sign",
    "signature_valid",
    "units_for",
]
