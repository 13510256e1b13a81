"""What people write, declared: each addon of the suite has its part in ``tests/written_by_people.py``.

Such a module has ``WRITTEN``, a dict of `Written` by model, and ``VALUES``, a dict of functions by model that take an
environment and return what a record of it can be made of. Addons that extend a model of another one add `Written`
of their own fields.
"""

import importlib
import importlib.util
from collections import defaultdict
from dataclasses import dataclass
from uuid import uuid4

from odoo import models

SUITE = "fusion_"
NOBODY = ""


@dataclass(frozen=True)
class Written:
    """What people write of a model, as far as an addon knows.

    :ivar by: external id of the group that writes; `NOBODY`
    :ivar fields: names, with blanks between them
    :ivar once: names of the fields that are given when a record is made, and are kept from then on
    :ivar create: the group that makes records, where it is another one; `NOBODY`
    :ivar more: names by group, of fields that have a group of their own
    """

    by: str
    fields: str
    once: str = ""
    create: str | None = None
    more: tuple[tuple[str, str], ...] = ()

    @property
    def creators(self):
        """The group that makes records."""
        return self.by if self.create is None else self.create

    def group_of(self, name, creating):
        """The group that may give field ``name`` a value; `NOBODY` where it is not listed."""
        for group, names in self.more:
            if name in names.split():
                return group
        if name in self.fields.split() or (creating and name in self.once.split()):
            return self.creators if creating else self.by
        return NOBODY

    def names(self):
        """All fields that are listed."""
        return {
            name
            for names in (self.fields, self.once, *(each for _, each in self.more))
            for name in names.split()
        }


def fresh():
    """A name that nothing has yet."""
    return f"walked-{uuid4().hex[:12]}"


def declarations(env):
    """The `Written` of each model, one an addon, and what its records are made of, of all installed addons."""
    written, values = defaultdict(list), {}
    for addon in sorted(env.registry._init_modules):
        name = f"odoo.addons.{addon}.tests.written_by_people"
        if addon.startswith(SUITE) and importlib.util.find_spec(name):
            module = importlib.import_module(name)
            values.update(module.VALUES)
            for model, part in module.WRITTEN.items():
                written[model].append(part)
    return written, values


def suite_models(env):
    """Names of the models that its addons bring, abstract ones aside."""
    return sorted(
        name
        for name, model in env.items()
        if not model._abstract and (model._original_module or "").startswith(SUITE)
    )


def stored_fields(model):
    """The fields of a model that addons of the suite bring and that hold something.

    Of the links back to it those that are read-only: what can be changed through the others is walked where it is.
    """
    return [
        field
        for field in model._fields.values()
        if (field._module or "").startswith(SUITE)
        and field.name not in models.MAGIC_COLUMNS
        and not field.inherited
        and field.store
        and (field.type != "one2many" or field.readonly)
    ]


def another(field, record):
    """A value for ``field`` that ``record`` does not have; any value where it is empty."""
    value = record[field.name]
    match field.type:
        case "boolean":
            return not value
        case "integer" | "float" | "monetary" | "many2one_reference":
            return (value or 0) + 1
        case "date":
            return "2001-02-03"
        case "datetime":
            return "2001-02-03 04:05:06"
        case "selection":
            return next(key for key in field.get_values(record.env) if key != value)
        case "many2one":
            others = record.env[field.comodel_name].sudo().with_context(active_test=False)
            return others.search([("id", "not in", value.ids)], limit=1).id or False
        case "one2many" | "many2many":
            return [(5,)]
        case "json":
            return {"written": "by a person"}
        case "binary":
            return "d3JpdHRlbg=="
        case _:
            return "written by a person"
