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
    limits_changed = fields.Boolean(string="Limits changed", compute="_compute_limits_changed")

    @api.model
    def _limit_names(self):
        """Return the names of the limits that are changed with a reason."""
        return ()

    @api.model
    def _limit_triggers(self):
        """Return the names of the fields that decide what the limits are."""
        return self._limit_names()

    def _limits_in_force(self):
        """Return the limits by name, each with what its number means: ``(value, (quantity, unit))``."""
        return {name: (self[name], (self.quantity, self.unit)) for name in self._limit_names()}

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

    @api.depends(lambda self: self._limit_triggers())
    def _compute_limits_changed(self):
        for record in self:
            before = record._origin
            record.limits_changed = bool(
                before
                and before != record
                and before._limits_bind()
                and _changes(before._limits_in_force(), record._limits_in_force())
            )

    def write(self, vals):
        reason = str(vals.get("limit_reason") or "").strip()
        values = {name: value for name, value in vals.items() if name != "limit_reason"}
        if values.keys().isdisjoint(self._limit_triggers()):
            return super().write(values)
        before = [record._limits_before() for record in self]
        result = super().write(values)
        for record, (known, place, default) in zip(self, before, strict=True):
            if changes := _changes(known, record._limits_in_force()):
                record._track_set_log_message(record._list_limit_changes(changes, place, reason, default))
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_list_limits(self):
        for record in self.filtered(lambda record: record._limits_bind()):
            known, place, _default = record._limits_before()
            gone = {name: (False, known[name][1]) for name in self._limit_names()}
            if changes := _changes(known, gone):
                record._list_limit_changes(changes, place, self.env._("Deleted"), False)

    def _limits_before(self):
        """Return the limits, what a change is filed under, and the reason of a change that needs none."""
        place = {**self._limit_place(), "subject": self.display_name}
        return self._limits_in_force(), place, self._default_limit_reason()

    def _list_limit_changes(self, changes, place, reason, default):
        """Put changes on the list and in the tank's chatter, and return their reason.

        Raises where one is needed and neither given nor known by default.
        """
        reason = reason if any(map(str.isalnum, reason)) else default
        if not reason:
            raise UserError(self.env._("%s: say why the limit is changed.", place["subject"]))
        values = [
            {
                **place,
                "changed_at": fields.Datetime.now(),
                "user_id": self.env.uid,
                "limit_name": self._fields[name].get_description(self.env, ["string"])["string"],
                "old_value": old,
                "new_value": new,
                "unit": unit,
                "reason": reason,
            }
            for name, old, new, unit in changes
        ]
        self.env["fusion.plating.limit.change"].sudo().create(values)
        self._tell_tank(values)
        return reason

    def _tell_tank(self, values):
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


def _changes(before, after):
    """What differs between limits in force: tuples of name, old and new value (``False``: no limit), and unit.

    A number that means something else from then on is one limit less and another one more.
    """
    found = []
    for name in filter(after.__contains__, before):
        (old, scale), (new, new_scale) = before[name], after[name]
        if scale == new_scale:
            found.append((name, old, new, scale[1]))
        else:
            found += [(name, old, False, scale[1]), (name, False, new, new_scale[1])]
    return [change for change in found if not _same(change[1], change[2])]


def _same(one, other):
    return one == other and (one is False) == (other is False)
