"""Tables that devices fill: their ids have 64 bits.

Odoo gives every table ids of 32 bits. A table that takes 1,000 rows a second has used those up after 25 days, and an
upsert takes one with each attempt, whether it adds a row or not.
"""

import logging

from odoo import fields
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

ROWS_PER_S = 100_000
"""About how many rows PostgreSQL rewrites in a second, four indexes included, on a machine with two cores."""
WORTH_SAYING = 100_000
ROW_BYTES = 120
"""A typical row of a log, for a guess how many there are."""

_STATE = """
    SELECT type.typname,
           -- Not counted yet where it was never analysed, as after a restore.
           CASE WHEN class.reltuples < 0 THEN pg_relation_size(class.oid) / %s ELSE class.reltuples::bigint END,
           pg_size_pretty(pg_total_relation_size(class.oid)),
           pg_get_serial_sequence(class.relname, 'id'), sequence.seqtypid = 'bigint'::regtype
      FROM pg_class class
      JOIN pg_attribute attribute ON attribute.attrelid = class.oid AND attribute.attname = 'id'
      JOIN pg_type type ON type.oid = attribute.atttypid
      LEFT JOIN pg_sequence sequence ON sequence.seqrelid = pg_get_serial_sequence(class.relname, 'id')::regclass
     WHERE class.relname = %s AND class.relnamespace = current_schema::regnamespace
"""


class GrowingReference(fields.Many2one):
    """A reference to a model that devices fill (`fusion.growing.mixin`): as wide as its id."""

    _column_type = ("int8", "int8")


def widen_id(cr, table: str) -> None:
    """Give a table ids of 64 bits. Nothing is done where it has them.

    PostgreSQL rewrites the table and its indexes and locks it meanwhile; the log says beforehand how much that is.
    """
    cr.execute(_STATE, [ROW_BYTES, table])
    kind, rows, size, sequence, is_wide = cr.fetchone()
    if kind != "int8":
        if rows >= WORTH_SAYING:
            _logger.info(
                "The ids of %s get 64 bits: about %s rows (%s) are rewritten, and nothing else can use the table. This "
                "takes about %s min and as much free disk space as the table has now.",
                table,
                f"{rows:,}",
                size,
                max(1, round(rows / ROWS_PER_S / 60)),
            )
        cr.execute(SQL("ALTER TABLE %s ALTER COLUMN id TYPE bigint", SQL.identifier(table)))
    if sequence and not is_wide:
        cr.execute(SQL("ALTER SEQUENCE %s AS bigint", SQL(sequence)))
