"""All models and views of the installed addons of the suite, for tests that walk over them."""

from lxml import etree
from odoo.addons.fusion_base.tests.people import SUITE, suite_models


def suite_views(env, *kinds):
    """Yield ``(view, root)``: views of the suite's models with all that inherits, and what it adds to other views.

    :param kinds: types of view, such as ``"list"``
    """
    models = suite_models(env)
    for view in env["ir.ui.view"].search([("type", "in", kinds)]):
        if view.model in models and view.mode == "primary":
            yield view, view._get_combined_arch()
        elif view.model not in models and (view.xml_id or "").startswith(SUITE):
            yield view, etree.fromstring(view.arch)


def shown_fields(env, model, node):
    """Yield ``(model name, field, node)`` of the fields of a view and of the views inside it."""
    for child in node:
        if child.tag != "field" or child.get("name") not in env[model]._fields:
            yield from shown_fields(env, model, child)
            continue
        field = env[model]._fields[child.get("name")]
        yield model, field, child
        if field.comodel_name:
            yield from shown_fields(env, field.comodel_name, child)
