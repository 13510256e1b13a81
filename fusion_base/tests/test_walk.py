from odoo.exceptions import AccessError, UserError
from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from .people import NOBODY, another, declarations, stored_fields, suite_models

QUIET = (
    "odoo.addons.base.models.ir_model",
    "odoo.addons.base.models.ir_rule",
    "odoo.orm.models",
    "odoo.models",
    "odoo.sql_db",
)
ROLES = {
    "portal": "base.group_portal",
    "employee": "base.group_user",
    "operator": "fusion_plating.group_plating_operator",
    "quality": "fusion_plating.group_plating_quality",
    "plating manager": "fusion_plating.group_plating_manager",
    "IoT user": "fusion_iot.group_iot_user",
    "IoT manager": "fusion_iot.group_iot_manager",
    "administrator": "base.group_system,base.group_erp_manager,fusion_plating.group_plating_manager,"
    "fusion_iot.group_iot_manager",
}


@tagged("post_install", "-at_install")
class TestWalk(TransactionCase):
    """Who writes which field of which model: tried for each of them, and not read off a declaration."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.written, cls.values = declarations(cls.env)
        cls.users = {
            role: new_test_user(cls.env, f"walk {role}", groups)
            for role, names in ROLES.items()
            if (
                groups := ",".join(
                    name for name in names.split(",") if cls.env.ref(name, raise_if_not_found=False)
                )
            )
        }
        cls.models = suite_models(cls.env)
        cls.kept_for_good = [name for name in cls.models if not cls.env[name]._transient]
        cls.dialogs = [name for name in cls.models if cls.env[name]._transient]

    def goes_through(self, call, sensible=True):
        """Whether ``call`` is let through, and not refused. It is taken back either way.

        :param sensible: a value that makes no sense is no reason not to go through
        """
        try:
            with self.cr.savepoint() as savepoint:
                call()
                self.env.flush_all()
                savepoint.rollback()
        except AccessError:
            return False
        except (UserError, IntegrityError):
            # Nobody had asked whether the value may be given.
            if sensible:
                raise
        return True

    def may(self, user, group):
        return bool(group) and user.has_group(group)

    def group_of(self, model, name, creating):
        groups = [part.group_of(name, creating) for part in self.written[model]]
        return next(filter(None, groups), NOBODY)

    def record(self, model):
        return self.env[model].create(self.values[model](self.env))

    def test_each_model_refuses_what_is_kept(self):
        for model in self.kept_for_good:
            self.assertTrue(
                hasattr(self.env[model], "_is_kept"), f"{model} does not inherit fusion.kept.mixin"
            )

    def test_what_is_declared_exists(self):
        for model, parts in self.written.items():
            names = {field.name for field in stored_fields(self.env[model])}
            for part in parts:
                self.assertFalse(part.names() - names, f"{model}: declared, and no stored field of the suite")

    @mute_logger(*QUIET)
    def test_write(self):
        wrong, tried = [], 0
        for model in self.kept_for_good:
            made = model in self.values and self.record(model)
            for role, user in self.users.items():
                if not made:
                    # Nobody writes it: that is refused before anybody looks for the record.
                    target = self.env[model].with_user(user).browse(1)
                    if self.goes_through(lambda target=target: target.check_access("write")):
                        wrong.append(f"{role} writes {model}, which is not declared")
                    continue
                target = made.with_user(user)
                everything = {field.name: another(field, made) for field in stored_fields(made)}
                if not target.has_access("write"):
                    # Rights on the model come first: one refusal is the refusal of each field.
                    with self.assertRaises(UserError):
                        target.write(everything)
                    group = next(filter(None, (part.by for part in self.written[model])), NOBODY)
                    if self.may(user, group):
                        wrong.append(_told(role, "writes", model, "", expected=True))
                    continue
                for field in stored_fields(made):
                    expected = self.may(user, self.group_of(model, field.name, creating=False))
                    same = field.convert_to_write(made[field.name], made)
                    value = same if expected else everything[field.name]
                    tried += 1
                    done = self.goes_through(
                        lambda t=target, n=field.name, v=value: t.write({n: v}), expected
                    )
                    if done != expected:
                        wrong.append(_told(role, "writes", model, field.name, expected))
        self._tell(wrong, tried)

    @mute_logger(*QUIET)
    def test_create(self):
        wrong, tried = [], 0
        for model in self.kept_for_good:
            creators = next((part.creators for part in self.written[model]), NOBODY)
            for role, user in self.users.items():
                new = self.env[model].with_user(user)
                values = self.values[model](self.env) if model in self.values else {}
                expected = self.may(user, creators)
                tried += 1
                if self.goes_through(lambda n=new, v=values: n.create(dict(v))) != expected:
                    wrong.append(_told(role, "creates", model, "", expected))
                if not expected:
                    continue
                names = [field.name for field in stored_fields(new)]
                usual = self.env[model].new(self.env[model].default_get(names))
                for field in stored_fields(new):
                    if self.may(user, self.group_of(model, field.name, creating=True)):
                        continue
                    given = {**values, field.name: another(field, usual)}
                    if not given[field.name]:
                        # Nothing is no value: it is passed over.
                        continue
                    tried += 1
                    if self.goes_through(lambda n=new, v=given: n.create(dict(v)), sensible=False):
                        wrong.append(_told(role, "gives at creation", model, field.name, False))
        self._tell(wrong, tried)

    @mute_logger(*QUIET)
    def test_dialogs_are_their_creators_own(self):
        company = self.env["res.company"].create({"name": "Another company"})
        groups = ROLES["administrator"].split(",")
        known = ",".join(name for name in groups if self.env.ref(name, raise_if_not_found=False))
        others = [
            new_test_user(self.env, "walk colleague", known),
            new_test_user(
                self.env, "walk stranger", known, company_id=company.id, company_ids=[(6, 0, company.ids)]
            ),
        ]
        owner = self.users["administrator"]
        for model in self.dialogs:
            made = self._dialog(model, owner)
            own = made.with_user(owner)
            self.assertTrue(self.goes_through(lambda own=own: own.check_access("write")), model)
            for other in others:
                theirs = made.with_user(other)
                self.assertFalse(theirs.search([("id", "in", made.ids)]), model)
                for operation in ("read", "write", "unlink"):
                    let = self.goes_through(lambda t=theirs, o=operation: t.check_access(o))
                    self.assertFalse(let, f"{other.name}: {operation} {model}")

    def _dialog(self, model, user):
        """A record of a dialog as ``user`` has made it, whatever is in it."""
        new = self.env[model].with_user(user).sudo()
        for field in stored_fields(new):
            if (
                field.type == "many2one"
                and field.required
                and not self.env[field.comodel_name].search([], limit=1)
            ):
                of_dialog = self.env[field.comodel_name]._transient
                _ = self._dialog(field.comodel_name, user) if of_dialog else self.record(field.comodel_name)
        names = [field.name for field in stored_fields(new)]
        usual = new.new(new.default_get(names))
        return new.create(
            {
                field.name: another(field, usual)
                for field in stored_fields(new)
                if field.required and not field.compute and not usual[field.name]
            }
        )

    def _tell(self, wrong, tried):
        hint = "What people write is listed in tests/written_by_people.py; what the system keeps is readonly."
        self.assertFalse(wrong, "\n".join([f"{len(wrong)} of {tried}. {hint}", *wrong]))
        self.assertGreater(tried, len(self.kept_for_good))


def _told(role, does, model, name, expected):
    told = f"{role} {does} {model}" + (f".{name}" if name else "")
    return f"{told}: declared, and refused" if expected else f"{told}: not declared, and let through"
