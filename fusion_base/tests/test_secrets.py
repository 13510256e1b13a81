from odoo.modules.neutralize import get_neutralization_queries
from odoo.tests import TransactionCase, tagged

from ..secret import Secret, SecretText


@tagged("post_install", "-at_install")
class TestSecrets(TransactionCase):
    """What holds for the secrets of all installed addons."""

    def test_a_copy_for_trials_has_none(self):
        queries = " ".join(get_neutralization_queries(sorted(self.env.registry._init_modules)))
        for column in self.env["fusion.secret"]._sealed_columns():
            for name in column.only or (column.name,):
                self.assertRegex(
                    queries,
                    rf"\b{column.table}\b[^;]*\b{name}\b",
                    f"No data/neutralize.sql empties {name} of {column.table}.",
                )

    def test_what_a_secret_cannot_have_is_said_where_it_is_defined(self):
        for kind in (Secret, SecretText):
            for name in ("required", "index", "translate", "company_dependent"):
                with self.assertRaisesRegex(TypeError, f"A secret cannot have {name}: .+"):
                    kind("Password", **{name: True})
                self.assertTrue(kind("Password", **{name: False}))
