from odoo import api, fields, models
from odoo.tools import SQL

REASONS = [
    ("not_yours", "Devices or serials that it does not cover"),
    ("address_not_allowed", "A network that it may not be used from"),
    ("too_many_requests", "Too many requests"),
    ("expired_token", "Expired"),
    ("revoked_token", "Revoked"),
    ("shared_token_off", "Switched off"),
]

# Those that somebody else is writing to keep what was counted until the next time.
_REFUSED = """
    UPDATE %(table)s AS token
       SET refused_count = COALESCE(refused_count, 0) + noted.count, last_refused_at = noted.at,
           last_refused_address = NULLIF(noted.address, ''), last_refused_reason = noted.reason
      FROM unnest(%(ids)s::int[], %(counts)s::int[], %(ats)s::timestamp[], %(addresses)s::text[], %(reasons)s::text[])
           AS noted(id, count, at, address, reason)
     WHERE token.id = noted.id
       AND token.id IN (SELECT id FROM %(table)s WHERE id = ANY(%(ids)s) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED)
 RETURNING token.id
"""


class IotRefusedMixin(models.AbstractModel):
    """A token with which devices send, and what was refused of that, although the token was right."""

    _name = "iot.refused.mixin"
    _description = "Token Whose Refused Requests Are Counted"

    refused_count = fields.Integer(
        string="Refused requests",
        readonly=True,
        copy=False,
        help="Since it was made. Noted once a minute at most; a restart may lose the last ones.",
    )
    last_refused_at = fields.Datetime(string="Last refused", readonly=True, copy=False)
    last_refused_address = fields.Char(string="Last refused from", readonly=True, copy=False)
    last_refused_reason = fields.Selection(REASONS, string="Last refused for", readonly=True, copy=False)

    @api.model
    def _note_refused(self, tallies):
        """Note what was refused, as id -> `Tally`. Returns the ids for which there is nothing left to do."""
        if not tallies:
            return set()
        found = self.env.execute_query(
            SQL(
                _REFUSED,
                table=SQL.identifier(self._table),
                ids=list(tallies),
                counts=[tally.count for tally in tallies.values()],
                ats=[tally.at for tally in tallies.values()],
                addresses=[tally.address for tally in tallies.values()],
                reasons=[tally.reason for tally in tallies.values()],
            )
        )
        done = {row[0] for row in found}
        self.invalidate_model()
        gone = tallies.keys() - self.browse(tallies).exists()._ids
        return done | gone
