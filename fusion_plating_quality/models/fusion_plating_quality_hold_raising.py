from markupsafe import Markup
from odoo import api, models
from odoo.exceptions import AccessError

from .fusion_plating_quality_hold import ACTIVITY_TYPE, OPEN_STATES, QUALITY_GROUP
from .fusion_plating_quality_hold_guard import DECISION_FIELDS

MANAGER_GROUP = "fusion_plating.group_plating_manager"


class FusionPlatingQualityHold(models.Model):
    """How a hold comes to exist: what is filled in, who is to decide, who is told."""

    _inherit = "fusion.plating.quality.hold"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _raise_hold(self, vals):
        """Put a tank on hold on behalf of the system.

        What ``vals`` leaves out is filled in: the bath in use, quantity, unit and limits of the parameter,
        the severity, who is to decide. A message is posted and a to-do scheduled.

        :param dict vals: values of the hold; ``tank_id`` or ``parameter_id`` is needed
        :return: the new hold, in superuser mode
        """
        # The caller's context may come from outside; none of its defaults or switches belong here.
        kept = {
            key: val for key, val in self.env.context.items() if key in ("lang", "tz", "allowed_company_ids")
        }
        return self.sudo().with_context(kept).create(vals)  # pylint: disable=context-overridden

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if DECISION_FIELDS & vals.keys() and vals.get("state", "open") != "open":
                raise AccessError(self.env._("A quality hold starts open. It is decided afterwards."))
        # The message of _announce says more than the usual "created".
        quiet = self.with_context(mail_create_nolog=True)
        holds = super(FusionPlatingQualityHold, quiet).create(
            [self._complete_values(vals) for vals in vals_list]
        )
        holds = holds.with_env(self.env)
        holds._check_described()
        holds._announce()
        return holds

    def _complete_values(self, vals):
        vals = dict(vals)
        parameter = self.env["fusion.plating.bath.parameter"].browse(vals.get("parameter_id") or ())
        if parameter:
            vals.setdefault("tank_id", parameter.tank_id.id)
            for name, value in self._parameter_values(parameter).items():
                vals.setdefault(name, value)
        tank = self.env["fusion.plating.tank"].browse(vals.get("tank_id") or ())
        if "bath_id" not in vals:
            vals["bath_id"] = tank.bath_id.id
        if not vals.get("severity"):
            vals["severity"] = self._severity(
                vals.get("worst_value", vals.get("value", False)),
                vals.get("limit_min", False),
                vals.get("limit_max", False),
            )
        if not vals.get("responsible_id"):
            vals["responsible_id"] = self._default_responsible(tank).id
        return vals

    def _prepare_create_values(self, vals_list):
        """Fill in what the system keeps, whatever was asked for."""
        sequence = self.env["ir.sequence"].sudo()
        undecided = {**dict.fromkeys(DECISION_FIELDS, False), "state": "open"}
        return super()._prepare_create_values(
            [
                {
                    "worst_value": vals.get("value", False),
                    **vals,
                    **undecided,
                    **self._raised_by_hand(vals),
                    "name": sequence.next_by_code(self._name),
                }
                for vals in vals_list
            ]
        )

    @api.model
    def _raised_by_hand(self, vals):
        if self.env.su:
            return {"is_manual": False}
        measured = (vals.get(name, False) for name in ("value", "limit_min", "limit_max"))
        return {"is_manual": True, "excursion_count": int(self._is_out(*measured))}

    @api.model
    def _default_responsible(self, tank):
        """Return who is to decide a hold of a tank: its responsible if allowed to, else someone who is.

        Among several people of the quality group, those who are not managers come first, and of these the
        one with the fewest open holds.
        """
        tank = tank.sudo()
        quality = (
            self.env.ref(QUALITY_GROUP)
            .sudo()
            .all_user_ids.filtered(
                lambda user: user.active and not user.share and tank.company_id in user.company_ids
            )
        )
        if tank.responsible_id in quality:
            return tank.responsible_id
        managers = self.env.ref(MANAGER_GROUP).sudo().all_user_ids
        candidates = quality - managers or quality
        groups = self.sudo()._read_group(
            [("responsible_id", "in", candidates.ids), ("state", "in", OPEN_STATES)],
            ["responsible_id"],
            ["__count"],
        )
        busy = {user.id: count for user, count in groups}
        return min(candidates, key=lambda user: (busy.get(user.id, 0), user.id), default=candidates)

    def _announce(self):
        """Tell those concerned that the holds exist: a message, a note on the tank and a to-do."""
        for hold in self.sudo():
            message = self.env._(
                "Tank %(tank)s is on quality hold: %(breach)s.",
                tank=hold.tank_id.display_name,
                breach=hold._breach_phrase(),
            )
            hold.message_post(body=message, subtype_xmlid="fusion_plating_quality.mt_hold_raised")
            hold._log_on_tank(self.env._("raised: %s.", hold._breach_phrase()))
            hold.activity_schedule(
                ACTIVITY_TYPE,
                user_id=hold.responsible_id.id,
                summary=self.env._("Decide: %(tank)s", tank=hold.tank_id.display_name),
            )

    def _log_on_tank(self, text, **kwargs):
        body = Markup("%s %s") % (self._get_html_link(title=self.name), text)
        self.tank_id._message_log(body=body, **kwargs)

    def _breach_phrase(self):
        self.ensure_one()
        if self.is_manual and not self.has_value:
            return self.env._("raised by hand")
        quantities = dict(self._fields["quantity"]._description_selection(self.env))
        subject = self.parameter_id.name or quantities.get(self.quantity)
        return " ".join(part for part in (subject, self.breach_text) if part)
