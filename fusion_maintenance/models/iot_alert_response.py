from markupsafe import Markup
from odoo import api, models
from odoo.addons.fusion_iot.models.iot_alert_response import ResponseKind
from odoo.exceptions import UserError


class IotAlertResponse(models.Model):
    """A rule can have maintenance requested for the equipment that its alert is about."""

    _inherit = "iot.alert.response"

    @api.model
    def _response_kinds(self):
        return {**super()._response_kinds(), "request": ResponseKind(self.env._("Maintenance request"))}

    def _respond_request(self, alert, delivery):
        """Request maintenance, unless a request for the same rule and equipment is open: then that one is the answer.

        The open one is told of the alert in its chatter.
        """
        if not alert.equipment_id:
            raise UserError(alert._no_equipment())
        requests = self.env["maintenance.request"]
        same = [("equipment_id", "=", alert.equipment_id.id), ("alert_id.rule_id", "=", alert.rule_id.id)]
        request = requests.search([*requests._open(), *same], limit=1)
        if request:
            request.message_post(body=self.env._("Again: %s", alert.display_name))
            words = self.env._("“%s” was open already", request.name)
        else:
            request = requests.create(self._request_values(alert))
            words = self.env._("“%s” was requested", request.name)
        delivery.write({"res_model": request._name, "res_id": request.id})
        return words

    def _request_values(self, alert):
        values = alert._request_values()
        return {
            **values,
            "maintenance_team_id": self._team(alert.equipment_id, values["company_id"]).id,
            "description": Markup("<p>%s</p>") % (self.instruction or alert.display_name),
        }

    def _team(self, equipment, company_id):
        """The team that looks after the equipment, else the first of its company, else one of all companies."""
        if equipment.maintenance_team_id:
            return equipment.maintenance_team_id
        teams = self.env["maintenance.team"].search([("company_id", "in", [company_id, False])])
        if not teams:
            raise UserError(
                self.env._(
                    "There is no maintenance team: make one under Maintenance → Configuration → Maintenance Teams."
                )
            )
        return teams.sorted(lambda team: not team.company_id)[:1]
