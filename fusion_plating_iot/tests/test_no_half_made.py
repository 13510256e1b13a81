import ast

from odoo.addons.fusion_base.tests.people import suite_models
from odoo.tests import TransactionCase, tagged

from .suite_walk import shown_fields, suite_views

# Who has access to them and who employs them are decided elsewhere than in a field of a tank.
NEVER_ON_THE_WAY = {"res.users", "res.company"}
EDITABLE = ("form", "list")


@tagged("post_install", "-at_install")
class TestNoHalfMadeRecords(TransactionCase):
    """What is typed into a field is searched for; nothing is made of it that lacks all but a name."""

    def test_no_field_makes_a_record_of_a_mere_name(self):
        models = {*suite_models(self.env), *NEVER_ON_THE_WAY}
        found = 0
        for view, root in suite_views(self.env, *EDITABLE):
            for model, field, node in shown_fields(self.env, view.model, root):
                if field.type not in ("many2one", "many2many") or field.comodel_name not in models:
                    continue
                if self._is_for_reading_only(field, node):
                    continue
                found += 1
                options = ast.literal_eval(node.get("options") or "{}")
                wanted = (
                    {"no_create"}
                    if field.comodel_name in NEVER_ON_THE_WAY
                    else {"no_create", "no_quick_create"}
                )
                with self.subTest(view=view.xml_id, model=model, field=field.name):
                    self.assertTrue(wanted & {name for name, on in options.items() if on}, options)
        self.assertGreater(found, 30, "the walk has found what it is for")

    def _is_for_reading_only(self, field, node):
        if node.get("readonly") in ("1", "True"):
            return True
        parents = [node, *node.iterancestors()]
        if any(
            parent.get("column_invisible") in ("1", "True") or parent.get("invisible") in ("1", "True")
            for parent in parents
        ):
            return True
        lists = [parent for parent in parents if parent.tag == "list"]
        if lists and not (lists[0].get("editable") or lists[0].get("multi_edit")):
            return True
        return field.readonly and node.get("readonly") is None

    def test_no_board_makes_a_record_of_a_mere_name(self):
        """Grouped by a field, a board offers a new card or a new column that asks for a name and nothing else."""
        models = suite_models(self.env)
        for view, root in suite_views(self.env, "kanban"):
            if view.model not in models or root.get("create") in ("0", "false", "False"):
                continue
            with self.subTest(view=view.xml_id):
                self.assertIn(root.get("quick_create"), ("0", "false", "False"))
                self.assertIn(root.get("group_create"), ("0", "false", "False"))
