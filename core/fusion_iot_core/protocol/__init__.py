"""The vocabulary of shop-floor measurements. Pure: nothing of Odoo in here, relative imports only."""

from ..onewire import crc8
from ..signature import SIGNATURE_TOLERANCE_S, sign, signature_valid
from .batch import IngestBatch, IngestReport, Rejection
from .clock import TimeSource, parse_time, settle_time
from .faults import BEYOND, GOOD, Verdict, beyond_physics, grade, is_one_of
from .json_measurements import read_json_measurements
from .json_readings import MAX_READINGS, SERIAL_MAX, BadBody, JsonReadings, read_json_readings
from .measurement import Measurement
from .owned import Owned
from .probes import PROBE_KINDS, ProbeKind, guess_kind, probe_kind
from .quality import Quality, Reason
from .quantities import QUANTITIES, UNIT_SYNONYMS, Quantity, UnitError, convert, units_for
from .serials import normalise_serial
from .sources import SOURCES, Source
from .trust import Checks, Trust, assess, checks
from .values import ValueProblem, parse_number

__all__ = [
    "BEYOND",
    "GOOD",
    "MAX_READINGS",
    "PROBE_KINDS",
    "QUANTITIES",
    "SERIAL_MAX",
    "SIGNATURE_TOLERANCE_S",
    "SOURCES",
    "UNIT_SYNONYMS",
    "BadBody",
    "Checks",
    "IngestBatch",
    "IngestReport",
    "JsonReadings",
    "Measurement",
    "Owned",
    "ProbeKind",
    "Quality",
    "Quantity",
    "Reason",
    "Rejection",
    "Source",
    "TimeSource",
    "Trust",
    "UnitError",
    "ValueProblem",
    "Verdict",
    "assess",
    "beyond_physics",
    "checks",
    "convert",
    "crc8",
    "grade",
    "guess_kind",
    "is_one_of",
    "normalise_serial",
    "parse_number",
    "parse_time",
    "probe_kind",
    "read_json_measurements",
    "read_json_readings",
    "settle_time",
    "sign",
    "signature_valid",
    "units_for",
]
