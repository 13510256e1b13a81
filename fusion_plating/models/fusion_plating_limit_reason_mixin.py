from odoo import api, fields, models
from odoo.exceptions import UserError


class FusionPlatingLimitReasonMixin(models.AbstractModel):
    """Something whose limits people change only with a reason.

    Every change goes to the list of changed limits and to the chatter, the tank's included. What the system itself
    changes (superuser mode) needs no reason and says so. The limits that a record is created with are no change.
    """

    _name = "fusion.plating.limit.reason.mixin"
    _description = "Limits That Change With a Reason"
    _inherit = ["fusion.plating.limit.mixin"]

    limit_reason = fields.Char(
        string="Reason for the change",
        store=False,
        copy=False,
        help="Why a limit is changed. It is kept in the list of changed limits.",
    )
    limits_changed = fields.Boolean(compute="_compute_limits_changed")

    @api.model
    def _limit_names(self):
        """Return the names of the limits that are changed with a reason."""
        return ()

    def _limits_bind(self):
        """Whether anything is judged by the limits, so that a change needs a reason."""
        return True

    def _limit_place(self):
        """Return what a change is filed under, as values of ``fusion.plating.limit.change``."""
        raise NotImplementedError

    def _default_limit_reason(self):
        """Return the reason of a change that needs none, ``False`` for one that does."""
        if self.env.su:
            return self.env._("Changed by the system")
        return False if self._limits_bind() else self.env._("The bath is being made up")

    @api.depends(lambda self: self._limit_names())
    def _compute_limits_changed(self):
        for record in self:
            before = record._origin
            record.limits_changed = bool(
                before
                and before != record
                and record._limits_bind()
                and any(not _same(record[name], before[name]) for name in self._limit_names())
            )

    def write(self, vals):
        reason = str(vals.get("limit_reason") or "").strip()
        changes = self._limit_changes(vals)
        if changes:
            self.check_access("write")
        values = [record._limit_change_values(changed, reason) for record, changed in changes]
        result = super().write({name: value for name, value in vals.items() if name != "limit_reason"})
        if changes:
            self.env["fusion.plating.limit.change"].sudo().create(
                [change for record_values in values for change in record_values]
            )
            for (record, _changed), record_values in zip(changes, values, strict=True):
                record._announce_limit_change(record_values)
        return result

    def _limit_changes(self, vals):
        """Return what ``vals`` changes: pairs of a record and ``{name: (old, new)}``, empty limits being ``False``."""
        wanted = {}
        for name in self._limit_names():
            if name in vals:
                value = self._fields[name].convert_to_cache(vals[name], self.browse())
                wanted[name] = False if value is None else value
        changes = []
        for record in self if wanted else ():
            changed = {
                name: (record[name], new) for name, new in wanted.items() if not _same(record[name], new)
            }
            if changed:
                changes.append((record, changed))
        return changes

    def _limit_change_values(self, changed, reason):
        reason = reason if any(map(str.isalnum, reason)) else self._default_limit_reason()
        if not reason:
            raise UserError(self.env._("%s: say why the limit is changed.", self.display_name))
        return [
            {
                **self._limit_place(),
                "changed_at": fields.Datetime.now(),
                "user_id": self.env.uid,
                "subject": self.display_name,
                "limit_name": self._fields[name].get_description(self.env, ["string"])["string"],
                "old_value": old,
                "new_value": new,
                "reason": reason,
            }
            for name, (old, new) in changed.items()
        ]

    def _announce_limit_change(self, values):
        """Say in the chatter of the record why, and in that of its tank what and why."""
        self._track_set_log_message(values[0]["reason"])
        tank = self.env["fusion.plating.tank"].browse(values[0].get("tank_id") or ()).sudo()
        if tank:
            tank._message_log(
                body="\n".join(self._limit_change_text(change) for change in values),
                author_id=self.env.user.partner_id.id,
            )

    def _limit_change_text(self, change):
        return self.env._(
            "%(subject)s, %(limit)s: %(old)s → %(new)s. %(reason)s",
            subject=change["subject"],
            limit=change["limit_name"],
            old=self._limit_text(change["old_value"], change["unit"]),
            new=self._limit_text(change["new_value"], change["unit"]),
            reason=change["reason"],
        )

    @api.model
    def _limit_text(self, value, unit):
        if value is False:
            return self.env._("no limit")
        return f"{self._limit_number(value)} {unit or ''}".rstrip()


def _same(one, other):
    return one == other and (one is False) == (other is False)
