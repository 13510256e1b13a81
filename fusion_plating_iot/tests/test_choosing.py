from odoo.exceptions import AccessError
from odoo.tests import Form, TransactionCase, new_test_user, tagged
from odoo.tools.safe_eval import safe_eval

from .suite_walk import suite_models

ROLES = {
    "operator": "fusion_plating.group_plating_operator",
    "quality": "fusion_plating.group_plating_quality",
    "plating manager": "fusion_plating.group_plating_manager",
    "IoT user": "fusion_iot.group_iot_user",
    "IoT manager": "fusion_iot.group_iot_manager",
}


class ChoosingCase(TransactionCase):
    """Two companies with one of each thing that can be chosen, and users who may see the first."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company, cls.foreign_company = cls.env["res.company"].create(
            [{"name": "Our works"}, {"name": "Foreign works"}]
        )
        cls.ours, cls.foreign = cls._things(cls.company), cls._things(cls.foreign_company)

    @classmethod
    def _user(cls, login, groups, companies):
        return new_test_user(
            cls.env,
            login=login,
            groups=groups,
            company_id=companies[0].id,
            company_ids=[(6, 0, companies.ids)],
        )

    @classmethod
    def _things(cls, company):
        """One of each model that a field with a company in its domain may refer to, by the model's name."""
        env, name, key = cls.env, company.name, f"choose-{company.id}"
        line = env["fusion.plating.line"].create({"name": name, "company_id": company.id})
        tank = env["fusion.plating.tank"].create(
            {"name": name, "code": "CH1", "line_id": line.id, "company_id": company.id}
        )
        bath = env["fusion.plating.bath"].create({"tank_id": tank.id})
        parameter = env["fusion.plating.bath.parameter"].create({"bath_id": bath.id})
        sensor = env["fp.tank.sensor"].create({"name": name, "device_serial": key, "tank_id": tank.id})
        device = env["iot.device"].create({"name": name, "identifier": key, "company_id": company.id})
        if "session_strategy" in device._fields:
            device.session_strategy = "power_threshold"
        connection = env["mqtt.connection"].create(
            {"name": name, "host": "127.0.0.1", "active": True, "company_id": company.id}
        )
        user = cls._user(key, "base.group_user", company)
        records = [line, tank, bath, parameter, sensor, device, connection, user]
        # What other addons of the suite let people choose.
        if "maintenance.equipment" in env:
            records.append(env["maintenance.equipment"].create({"name": name, "company_id": company.id}))
        return {record._name: record for record in records}


@tagged("post_install", "-at_install")
class TestChoosing(ChoosingCase):
    """On a new record, a field whose choice depends on the company offers what the user's company has."""

    def offers(self, form, name):
        """What a search in a field of the form finds, going by the domain that the form sends, and that domain."""
        info = form._view["fields"][name]
        node = form._view["tree"].xpath(f".//field[@name='{name}'][not(ancestor::field)]")[0]
        text = node.get("domain") or info.get("domain") or []
        domain = safe_eval(text, form._get_eval_context()) if isinstance(text, str) else text
        comodel = form._env[info["relation"]]
        return comodel.browse([item[0] for item in comodel.name_search("", domain, limit=None)]), str(text)

    def choose_from_top_to_bottom(self, role, user, model, checked):
        """Fill in a new form as a user of the company does, checking each field whose offers go by the company."""
        form = Form(self.env[model].with_user(user).with_context(allowed_company_ids=user.company_ids.ids))
        for node in form._view["tree"].iterfind(".//field"):
            name = node.get("name")
            info = form._view["fields"].get(name, {})
            if info.get("type") != "many2one" or next(node.iterancestors("field"), None) is not None:
                continue
            if form._get_modifier(name, "invisible") or form._get_modifier(name, "readonly"):
                continue
            offered, domain = self.offers(form, name)
            if info["relation"] not in self.ours and "company" not in domain:
                continue
            with self.subTest(role=role, model=model, field=name):
                self.assertIn(info["relation"], self.ours, "this test needs a record of this model")
                ours = self.ours[info["relation"]].with_env(form._env)
                foreign = self.foreign[info["relation"]].with_env(form._env)
                self.assertIn(ours, offered, f"nothing of the own company is offered by {domain}")
                self.assertNotIn(foreign, offered, f"something of a foreign company is offered by {domain}")
                checked.add((model, name))
                form[name] = ours

    def test_new_records_offer_what_the_company_has(self):
        checked = set()
        for role, group in ROLES.items():
            user = self._user(f"choose {role}", f"base.group_user,{group}", self.company)
            for model in suite_models(self.env):
                access = self.env[model].with_user(user)
                if access.has_access("create") and self._has_form(model):
                    self.choose_from_top_to_bottom(role, user, model, checked)
        # The walk has found what it is for.
        self.assertLessEqual(
            {
                ("fp.tank.sensor", "tank_id"),
                ("fp.tank.sensor", "iot_device_id"),
                ("fp.tank.sensor", "parameter_id"),
                ("fusion.plating.bath", "tank_id"),
                ("fusion.plating.quality.hold", "tank_id"),
                ("fusion.plating.quality.hold", "responsible_id"),
                ("fusion.plating.tank", "line_id"),
                ("mqtt.device", "connection_id"),
            },
            checked,
        )

    def _has_form(self, model):
        return self.env["ir.ui.view"].search_count([("model", "=", model), ("type", "=", "form")], limit=1)

    def test_two_companies_the_tank_decides(self):
        """Who works in two companies at once may choose any tank; what comes after it follows its company."""
        second = self.env["res.company"].create({"name": "Our second works"})
        theirs = self._things(second)
        user = self._user("choose two", f"base.group_user,{ROLES['plating manager']}", self.company | second)
        Sensor = self.env["fp.tank.sensor"].with_user(user)
        form = Form(Sensor.with_context(allowed_company_ids=user.company_ids.ids))
        offered, _domain = self.offers(form, "tank_id")
        self.assertLessEqual(
            {self.ours["fusion.plating.tank"].id, theirs["fusion.plating.tank"].id}, {*offered.ids}
        )
        self.assertNotIn(self.foreign["fusion.plating.tank"].id, offered.ids)
        form.tank_id = theirs["fusion.plating.tank"].with_env(form._env)
        offered, _domain = self.offers(form, "iot_device_id")
        self.assertIn(theirs["iot.device"].id, offered.ids)
        self.assertNotIn(self.ours["iot.device"].id, offered.ids)
        form.name = form.device_serial = "Probe of the second works"
        self.assertEqual(form.save().company_id, second)

    def test_a_tank_of_another_company_is_refused(self):
        user = self._user("choose one", f"base.group_user,{ROLES['plating manager']}", self.company)
        tank = self.foreign["fusion.plating.tank"]
        for model, values in (
            ("fp.tank.sensor", {"name": "Stolen", "device_serial": "stolen"}),
            ("fusion.plating.bath", {}),
            ("fusion.plating.quality.hold", {}),
        ):
            with self.subTest(model=model), self.assertRaises(AccessError):
                self.env[model].with_user(user).create({**values, "tank_id": tank.id})
