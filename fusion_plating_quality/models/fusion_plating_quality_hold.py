from markupsafe import Markup
from odoo import api, fields, models
from odoo.addons.fusion_plating.fields import LimitFloat
from odoo.addons.fusion_plating.limits import range_text
from odoo.addons.fusion_plating.quantities import QUANTITIES
from odoo.exceptions import AccessError, UserError

from .. import severity as grading

QUALITY_GROUP = "fusion_plating.group_plating_quality"
MANAGER_GROUP = "fusion_plating.group_plating_manager"
ACTIVITY_TYPE = "fusion_plating_quality.mail_activity_type_hold"
DECISION_DIALOG = "fusion_plating_quality.action_plating_hold_decision"

OPEN_STATES = ("open", "under_review")
STATES = [
    ("open", "Open"),
    ("under_review", "Under review"),
    ("released", "Released"),
    ("rejected", "Rejected"),
]
DISPOSITIONS = [
    ("use_as_is", "Use as is"),
    ("rework", "Rework"),
    ("strip_and_replate", "Strip and replate"),
    ("return", "Return to customer"),
    ("scrap", "Scrap"),
    ("void", "Void (sensor fault proven)"),
]
ALLOWED_DISPOSITIONS = {
    "released": ("use_as_is", "rework", "strip_and_replate", "void"),
    "rejected": ("rework", "strip_and_replate", "return", "scrap"),
}


class _Decision(dict):
    """Values that ``_set_state`` writes.

    The type is the permission: no call from outside can carry it, whereas a context key comes with any call.
    """


# Written as a _Decision and in no other way, whoever asks.
DECISION_FIELDS = frozenset({"state", "disposition", "decision_reason", "decided_by_id", "decided_at"})

# What was seen. Set when the hold is raised and kept up by the system, not by people.
EVIDENCE_FIELDS = frozenset(
    {
        "name",
        "tank_id",
        "bath_id",
        "parameter_id",
        "quantity",
        "unit",
        "value",
        "limit_min",
        "limit_max",
        "worst_value",
        "date_start",
        "date_back_in_spec",
        "excursion_count",
        "is_manual",
    }
)

# The conversation about a hold goes on after it is closed.
THREAD_PREFIXES = ("message_", "activity_", "website_message_", "my_activity_")


class FusionPlatingQualityHold(models.Model):
    """A tank outside its specification, waiting for quality to decide what becomes of it and its work."""

    _name = "fusion.plating.quality.hold"
    _description = "Quality Hold"
    _inherit = ["fusion.plating.limit.mixin", "mail.activity.mixin"]
    _order = "date_start desc, id desc"
    _check_company_auto = True
    _rec_names_search = ["name", "tank_id.code", "tank_id.name"]
    _mail_post_access = "read"

    name = fields.Char(string="Number", readonly=True, copy=False)
    tank_id = fields.Many2one(
        "fusion.plating.tank", required=True, index=True, check_company=True, ondelete="restrict"
    )
    line_id = fields.Many2one(related="tank_id.line_id", store=True)
    company_id = fields.Many2one(related="tank_id.company_id", store=True, index=True)
    bath_id = fields.Many2one(
        "fusion.plating.bath",
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
        help="The bath that was in the tank then.",
    )
    parameter_id = fields.Many2one(
        "fusion.plating.bath.parameter", check_company=True, index="btree_not_null", ondelete="restrict"
    )
    quantity = fields.Selection(list(QUANTITIES))
    unit = fields.Char(help="Unit of the value and the limits.")
    value = LimitFloat(aggregator="avg", help="The value that raised the hold.")
    limit_min = LimitFloat(string="Spec min", help="Lower specification limit in force then.")
    limit_max = LimitFloat(string="Spec max", help="Upper specification limit in force then.")
    worst_value = LimitFloat(
        string="Worst value", aggregator="max", help="The value farthest outside the limits so far."
    )
    breach_text = fields.Char(string="Value and specification", compute="_compute_breach_text")
    date_start = fields.Datetime(
        string="Out of spec since", required=True, default=fields.Datetime.now, index=True
    )
    date_back_in_spec = fields.Datetime(
        string="Back in spec", tracking=True, help="Empty while the value is still outside its limits."
    )
    hours_out = LimitFloat(
        string="Hours out of spec",
        compute="_compute_hours_out",
        store=True,
        aggregator="avg",
        help="From leaving the specification until being back in it.",
    )
    excursion_count = fields.Integer(
        string="Excursions",
        default=1,
        help="How often the value left its limits while this hold was open.",
    )
    severity = fields.Selection(
        [("minor", "Minor"), ("major", "Major"), ("critical", "Critical")],
        required=True,
        default="major",
        tracking=True,
        help="Graded by how far the worst value lies outside, compared with the width of the specification: "
        "up to a tenth is minor, up to a half major, more is critical. It goes up by itself, never down.",
    )
    state = fields.Selection(
        STATES,
        required=True,
        readonly=True,
        default="open",
        copy=False,
        index=True,
        tracking=True,
        group_expand=True,
    )
    is_manual = fields.Boolean(
        string="Raised by hand",
        readonly=True,
        copy=False,
        help="A person raised the hold, not a reading.",
    )
    responsible_id = fields.Many2one(
        "res.users",
        check_company=True,
        tracking=True,
        copy=False,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        help="Who is to decide.",
    )
    disposition = fields.Selection(
        DISPOSITIONS,
        readonly=True,
        copy=False,
        tracking=True,
        help="What happens to the work that was in the tank.",
    )
    decision_reason = fields.Text(string="Reason", readonly=True, copy=False, tracking=True)
    decided_by_id = fields.Many2one("res.users", string="Decided by", readonly=True, copy=False)
    decided_at = fields.Datetime(string="Decided on", readonly=True, copy=False)
    hours_to_decision = LimitFloat(
        string="Hours to decision",
        compute="_compute_hours_to_decision",
        store=True,
        aggregator="avg",
        help="From the start of the excursion until the decision.",
    )
    description = fields.Html(help="What was seen, what was done at once, which work was in the tank.")

    _name_unique = models.Constraint("UNIQUE(name)", "The number of a quality hold is given once.")
    _open_by_tank = models.Index("(tank_id) WHERE state IN ('open', 'under_review')")
    _excursion_count_positive = models.Constraint(
        "CHECK (excursion_count > 0)", "A hold stands for at least one excursion."
    )
    _decision_complete = models.Constraint(
        "CHECK (state NOT IN ('released', 'rejected') OR (decided_at IS NOT NULL"
        " AND decided_by_id IS NOT NULL AND disposition IS NOT NULL AND decision_reason <> ''))",
        "A decision needs a person, a time, a disposition and a reason.",
    )

    @api.model
    def _open_states(self):
        """Return the states in which a hold still blocks its tank."""
        return OPEN_STATES

    @api.model
    def _evidence_fields(self):
        """Return the fields that people cannot write once the hold exists. Extend it for fields you add."""
        return EVIDENCE_FIELDS

    @api.model
    def _severity(self, value, limit_min, limit_max):
        """Grade a value against specification limits; ``False`` or ``None`` is an open limit or no value."""

        def number(item):
            return None if item is False else item

        return grading.severity(number(value), number(limit_min), number(limit_max))

    # Computed -----------------------------------------------------------------------------------------------

    @api.depends("worst_value", "value", "limit_min", "limit_max", "unit", "quantity")
    @api.depends_context("lang")
    def _compute_breach_text(self):
        for hold in self:
            unit = "" if hold.quantity == "ph" else hold.unit or ""
            worst = hold.worst_value if hold.worst_value is not False else hold.value
            spec = range_text(hold.limit_min, hold.limit_max, unit, self._limit_number)
            value = "" if worst is False else f"{self._limit_number(worst)} {unit}".rstrip()
            if value and spec:
                hold.breach_text = self.env._("%(value)s, spec %(spec)s", value=value, spec=spec)
            else:
                hold.breach_text = value or spec

    @api.depends("date_start", "date_back_in_spec")
    def _compute_hours_out(self):
        for hold in self:
            hold.hours_out = self._hours(hold.date_start, hold.date_back_in_spec)

    @api.depends("date_start", "decided_at")
    def _compute_hours_to_decision(self):
        for hold in self:
            hold.hours_to_decision = self._hours(hold.date_start, hold.decided_at)

    @api.model
    def _hours(self, start, end):
        return (end - start).total_seconds() / 3600 if start and end else False

    @api.onchange("tank_id")
    def _onchange_tank_id(self):
        if self.tank_id:
            self.bath_id = self.tank_id.bath_id
            if self.parameter_id.tank_id != self.tank_id:
                self.parameter_id = False

    @api.onchange("parameter_id", "value")
    def _onchange_parameter_id(self):
        if self.parameter_id:
            self.update(self._parameter_values(self.parameter_id))
        self.severity = self._severity(self.value, self.limit_min, self.limit_max)

    @api.model
    def _parameter_values(self, parameter):
        return {
            "quantity": parameter.quantity,
            "unit": parameter.unit,
            "limit_min": parameter.target_min,
            "limit_max": parameter.target_max,
        }

    # Raising ------------------------------------------------------------------------------------------------

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
        protected = {f"default_{name}" for name in (*DECISION_FIELDS, "is_manual", "name")}
        context = {key: val for key, val in self.env.context.items() if key not in protected}
        # The message of _announce says more than the usual "created".
        context["mail_create_nolog"] = True
        clean = self.with_context(context)  # pylint: disable=context-overridden
        holds = super(FusionPlatingQualityHold, clean).create(
            [self._complete_values(vals) for vals in vals_list]
        )
        holds = holds.with_env(self.env)
        holds._announce()
        return holds

    def _complete_values(self, vals):
        vals = {name: value for name, value in vals.items() if name not in DECISION_FIELDS}
        parameter = self.env["fusion.plating.bath.parameter"].browse(vals.get("parameter_id") or ())
        if parameter:
            vals.setdefault("tank_id", parameter.tank_id.id)
            for name, value in self._parameter_values(parameter).items():
                vals.setdefault(name, value)
        tank = self.env["fusion.plating.tank"].browse(vals.get("tank_id") or ())
        if "bath_id" not in vals:
            vals["bath_id"] = tank.bath_id.id
        vals.setdefault("worst_value", vals.get("value", False))
        if not vals.get("severity"):
            vals["severity"] = self._severity(
                vals["worst_value"], vals.get("limit_min", False), vals.get("limit_max", False)
            )
        if not vals.get("responsible_id"):
            vals["responsible_id"] = self._default_responsible(tank).id
        vals["is_manual"] = not self.env.su
        vals["name"] = self.env["ir.sequence"].sudo().next_by_code(self._name)
        return vals

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
        quantities = dict(self._fields["quantity"]._description_selection(self.env))
        subject = self.parameter_id.name or quantities.get(self.quantity)
        return " ".join(part for part in (subject, self.breach_text) if part) or self.env._("raised by hand")

    # Guards -------------------------------------------------------------------------------------------------

    def write(self, vals):
        self._check_write(vals)
        result = super().write(vals)
        if "worst_value" in vals and "severity" not in vals:
            self._raise_severity()
        return result

    def _check_write(self, vals):
        if isinstance(vals, _Decision):
            return
        if DECISION_FIELDS & vals.keys():
            raise AccessError(
                self.env._("A quality hold is decided with Release or Reject, in no other way.")
            )
        business = {name for name in vals if not name.startswith(THREAD_PREFIXES)}
        if business and any(hold.state not in OPEN_STATES for hold in self):
            raise UserError(self.env._("This quality hold is decided and closed for good."))
        if self.env.su:
            return
        evidence = self._evidence_fields() & business
        if evidence == {"date_back_in_spec"} and all(hold.is_manual for hold in self):
            return
        if evidence:
            raise AccessError(self.env._("What was measured cannot be changed on a quality hold."))

    def _raise_severity(self):
        for hold in self:
            grade = self._severity(hold.worst_value, hold.limit_min, hold.limit_max)
            if grading.worse(hold.severity, grade) != hold.severity:
                hold.severity = grade

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Quality holds are kept. Reject or void one instead of deleting it."))

    # Deciding -----------------------------------------------------------------------------------------------

    def action_start_review(self):
        """Take the holds into review, as the one who is to decide if nobody is yet."""
        self._check_may_decide()
        if any(hold.state != "open" for hold in self):
            raise UserError(self.env._("Only an open hold can be taken into review."))
        self.filtered(lambda hold: not hold.responsible_id).write({"responsible_id": self.env.uid})
        self._set_state({"state": "under_review"})

    def action_release(self):
        """Open the dialog to release the holds."""
        return self._decision_dialog("released")

    def action_reject(self):
        """Open the dialog to reject the holds."""
        return self._decision_dialog("rejected")

    def _decision_dialog(self, decision):
        self._check_may_decide()
        action = self.env["ir.actions.act_window"]._for_xml_id(DECISION_DIALOG)
        action["name"] = self.env._("Release") if decision == "released" else self.env._("Reject")
        action["context"] = {"default_hold_ids": self.ids, "default_decision": decision}
        return action

    def _decide(self, decision, disposition, reason):
        """Close the holds for good. The only way to do so.

        :param str decision: ``"released"`` or ``"rejected"``
        :param str disposition: what happens to the work, see ``ALLOWED_DISPOSITIONS``
        :param str reason: why; must say something
        :raises AccessError: if the user is not of the quality group or may not write the holds
        :raises UserError: if a hold is decided already, or the decision is incomplete or contradicts itself
        """
        self._check_may_decide()
        reason = (reason or "").strip()
        if not any(character.isalnum() for character in reason):
            raise UserError(self.env._("Give the reason for the decision."))
        if disposition not in ALLOWED_DISPOSITIONS.get(decision, ()):
            raise UserError(self.env._("Choose a disposition that fits the decision."))
        for hold in self:
            if hold.state not in OPEN_STATES:
                raise UserError(
                    self.env._(
                        "%(hold)s was decided by %(user)s and is closed for good.",
                        hold=hold.name,
                        user=hold.decided_by_id.sudo().name,
                    )
                )
        self._set_state(
            {
                "state": decision,
                "disposition": disposition,
                "decision_reason": reason,
                "decided_by_id": self.env.uid,
                "decided_at": fields.Datetime.now(),
            }
        )
        self._announce_decision()

    def _check_may_decide(self):
        if not self.env.user.has_group(QUALITY_GROUP):
            raise AccessError(self.env._("Only the quality group decides quality holds."))
        self.check_access("write")

    def _set_state(self, vals):
        self.write(_Decision(vals))

    def _announce_decision(self):
        states = dict(self._fields["state"]._description_selection(self.env))
        dispositions = dict(self._fields["disposition"]._description_selection(self.env))
        for hold in self.sudo():
            text = self.env._(
                "%(state)s by %(user)s: %(disposition)s. %(reason)s",
                state=states[hold.state],
                user=self.env.user.name,
                disposition=dispositions[hold.disposition],
                reason=hold.decision_reason,
            )
            author = self.env.user.partner_id.id
            hold.message_post(
                body=text, author_id=author, subtype_xmlid="fusion_plating_quality.mt_hold_decided"
            )
            hold._log_on_tank(text, author_id=author)
            hold.with_context(mail_activity_automation_skip=False).activity_feedback([ACTIVITY_TYPE])

    def action_view_tank(self):
        """Open the tank of this hold."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "fusion.plating.tank",
            "res_id": self.tank_id.id,
            "view_mode": "form",
        }
