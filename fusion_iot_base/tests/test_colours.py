from lxml import etree
from odoo.tests import TransactionCase, tagged
from odoo.tools.safe_eval import safe_eval

from .colours import COLOUR_OF, COLOURS, agreed

DECORATION = "decoration-"


@tagged("post_install", "-at_install")
class TestColours(TransactionCase):
    """A colour means the same on every screen of the suite that is installed."""

    def test_no_value_has_two_colours(self):
        self.assertEqual(len(COLOUR_OF), sum(map(len, COLOURS.values())))

    def test_every_badge_has_the_agreed_colour(self):
        badges = [found for found in self.nodes("field") if found[2].get("widget") == "badge"]
        self.assertTrue(badges)
        for view, model, node in badges:
            field = model._fields[node.get("name")]
            self.assertIn("o_fusion_badge", node.get("class", ""), f"{view}: {field}")
            for value, _label in field._description_selection(self.env):
                with self.subTest(view=view, field=str(field), value=value):
                    self.assertTrue(agreed(field, value), "it has no colour in colours.py")
                    self.assertEqual(self.colour(node, field.name, value), agreed(field, value))

    def test_rows_and_texts_are_coloured_alike(self):
        """Grey is for rows that are done with as well, whatever they were."""
        for view, model, node in [*self.nodes("list"), *self.nodes("field")]:
            for name in self.states_of(model, node):
                field = model._fields[name]
                for value, _label in field._description_selection(self.env):
                    colour = self.colour(node, name, value)
                    if colour not in (None, "muted"):
                        with self.subTest(view=view, field=str(field), value=value):
                            self.assertEqual(colour, agreed(field, value))

    def nodes(self, tag):
        """Such nodes in the views of the suite: name of the view, model, node."""
        data = self.env["ir.model.data"].search(
            [("model", "=", "ir.ui.view"), ("module", "=like", "fusion\\_%")]
        )
        views = self.env["ir.ui.view"].browse(data.mapped("res_id")).filtered("model")
        roots = views.filtered(lambda view: view.mode == "primary") | views.inherit_id
        for view in roots:
            arch = etree.fromstring(view.get_combined_arch())
            for model, node in self.walk(self.env[view.model], arch):
                if node.tag == tag:
                    yield view.name, model, node

    def walk(self, model, node):
        """All nodes below ``node``, each with the model that its fields belong to."""
        yield model, node
        inner = model
        if node.tag == "field" and len(node) and node.get("name") in model._fields:
            inner = self.env.get(model._fields[node.get("name")].comodel_name or "", model)
        for child in node.iterchildren(tag=etree.Element):
            yield from self.walk(inner, child)

    def states_of(self, model, node):
        """Names of the selections that the decorations of a node speak of."""
        text = " ".join(value for name, value in node.attrib.items() if name.startswith(DECORATION))
        return [
            name
            for name, field in model._fields.items()
            if field.type == "selection" and f"{name} " in text and name in text.replace("(", " ").split()
        ]

    def colour(self, node, name, value):
        """The decoration that a node has when a field has a value, as the client finds it; None without one."""
        for attribute, expression in node.attrib.items():
            if attribute.startswith(DECORATION) and attribute != "decoration-bf":
                try:
                    holds = safe_eval(expression, {name: value})
                except (NameError, ValueError):
                    continue  # it depends on more than that
                if holds:
                    return attribute.removeprefix(DECORATION)
        return None
