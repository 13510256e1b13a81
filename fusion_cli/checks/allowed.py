"""What may stand in an Odoo log, and which tests may be skipped, each with its reason. All else fails."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..database.odoo_log import Record


@dataclass(frozen=True)
class AllowedRecord:
    """Log records whose logger and text (message and what follows) match."""

    logger: str
    text: str
    reason: str

    def covers(self, record: Record) -> bool:
        """Whether a record is meant."""
        whole = "\n".join([record.message, *record.more])
        return bool(re.fullmatch(self.logger, record.logger) and re.search(self.text, whole))


@dataclass(frozen=True)
class AllowedSkip:
    """Tests whose name matches."""

    name: str
    reason: str

    def covers(self, name: str) -> bool:
        """Whether a skipped test is meant."""
        return bool(re.search(self.name, name))


IN_TESTS = (
    AllowedRecord(
        r"odoo\.addons\..*",
        r"selfie_segmentation\.js",
        "Debian leaves this script out of its Odoo package for its licence; it blurs the background of calls",
    ),
)
"""In the logs of the addons' tests, and in that of the install before them."""

UNDER_FAULTS = (
    AllowedRecord(
        r".*",
        r"psycopg2\.(OperationalError|InterfaceError|DatabaseError: server closed the connection"
        r"|errors\.(AdminShutdown|CrashShutdown|CannotConnectNow))",
        "the end-to-end tests stop PostgreSQL under the running server",
    ),
    AllowedRecord(
        r"odoo\.(sql_db|addons\.base\.models\.ir_cron)",
        r"Connection to the database failed|server closed the connection|terminating connection",
        "the end-to-end tests stop PostgreSQL under the running server",
    ),
    AllowedRecord(
        r"odoo\.sql_db",
        r"ERROR: ((cursor|connection) already closed|connection pointer is NULL)\s*\Z",
        "the end-to-end tests stop the server while scheduled jobs of Odoo run, whose connections it closes then",
    ),
    AllowedRecord(
        r"odoo\.sql_db",
        r"could not serialize access due to concurrent (update|delete)",
        "the end-to-end tests let several clients write or delete the same row; Odoo retries the one that lost",
    ),
    AllowedRecord(
        r"odoo\.addons\.fusion_iot\.runtime\.mqtt\.worker",
        r"\A[^\n]*: (Nothing accepts connections at|The connection to|No answer from|The broker|The database"
        r"|another process has taken over)[^\n]*\s*\Z",
        "the end-to-end tests stop the broker and PostgreSQL; a connection says once what is wrong",
    ),
    AllowedRecord(
        r"odoo\.addons\.fusion_iot\.(alert|runtime\.notify)\.worker",
        r"\A(Alerts|Notifications): (The database|another process has taken over)[^\n]*\s*\Z",
        "the end-to-end tests stop PostgreSQL, and freeze servers that others take over from",
    ),
    AllowedRecord(
        r"odoo\.addons\.fusion_iot\.runtime\.mqtt\.surplus",
        r"\A[^\n]*: \d+ message\(s\) (of QoS 0 came too fast|that the broker had kept for us came marked as retained)"
        r"[^\n]*\s*\Z",
        "the end-to-end tests publish too fast, and keep a backlog as a broker does that cannot",
    ),
    AllowedRecord(
        r"odoo\.addons\.fusion_iot\.runtime\.mqtt\.worker",
        r"\A[^\n]*: (The name nosuch\.invalid is not known|a{70}\.test cannot be the name of a host)\.[^\n]*\s*\Z",
        "the end-to-end tests enter settings that cannot work; a connection says once what is wrong",
    ),
    AllowedRecord(
        r"odoo\.addons\.fusion_iot\.runtime\.(supervisor|settings|lease)",
        r"\A(Another process has taken over|The owner of worker|The runtime|A worker did not end in time)[^\n]*"
        r"(\nWARNING: +terminating connection[^\n]*)?\s*\Z",
        "the end-to-end tests kill and freeze servers that others take over from, and stop some without a database",
    ),
    AllowedRecord(
        r"odoo\.addons\.fusion_session_detector\.models\.mqtt_session_automation",
        r"\AThe automation rule e2e broken cannot be run",
        "the end-to-end tests have an automation rule that only raises",
    ),
    AllowedRecord(
        r"odoo\.http",
        r"PoolError: The Connection Pool Is Full",
        "the end-to-end tests use up the connections of the web, to see the runtime go on without them",
    ),
)
"""Besides, in the log of a server whose database and process are killed on purpose."""

SKIPS: tuple[AllowedSkip, ...] = ()
"""Tests that may be skipped."""


def unallowed(record: Record, allowed: tuple[AllowedRecord, ...]) -> bool:
    """Whether a record is not covered by any entry."""
    return not any(entry.covers(record) for entry in allowed)
