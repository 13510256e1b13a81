"""Fields that hold what the server needs in clear, and that nobody else may see: passwords, private keys."""

import os
from dataclasses import dataclass
from pathlib import Path

from odoo import fields
from odoo.exceptions import UserError
from odoo.tools import SQL, config
from odoo.tools.misc import SENTINEL

from . import sealing

MASK = "•" * 8
"""What is read of a secret that is set."""

_UNFIT = {
    "required": "its row is there before its text can be sealed for it. Check in a constraint that it is set.",
    "index": "nothing can be found by a sealed text.",
    "translate": "it has one text only, which nobody reads.",
    "company_dependent": "it is sealed for a record, whatever the company. Give each company a record of its own.",
}
"""What fields may have otherwise, and why a secret may not."""


@dataclass(frozen=True)
class SealedColumn:
    """A column with sealed texts.

    :ivar record: column that names the record, as in the place that a text is sealed for
    :ivar only: the records that are meant, by that name; ``None`` for all
    :ivar clear: texts that are not sealed are clear ones, and not damaged
    :ivar public: clear texts that are no secret, and stay as they are
    """

    model: str
    table: str
    name: str
    record: str = "id"
    only: tuple[str, ...] | None = None
    clear: bool = False
    public: frozenset[str] = frozenset()

    def place(self, record):
        """What the text of a record is sealed for."""
        return (self.model, str(record), self.name)


def server_keys(make=False):
    """The keys of this server: see :func:`sealing.keyring`."""
    return sealing.keyring(os.environ, Path(config["data_dir"]), make)


def seal(env, text, place):
    """Encrypt ``text`` for its place in the database: model, record, field.

    :raise UserError: where the server has no key that can be used, and cannot make one
    """
    try:
        return server_keys(make=True).seal(text, place)
    except sealing.KeyUnusable as error:
        raise UserError(
            env._("This secret cannot be stored encrypted, so it was not stored: %(reason)s.", reason=error)
        ) from error


class Sealed:
    """A text that is encrypted in the database and write-only everywhere else.

    Reading gives `MASK` where one is stored, for superusers, too; so do searches, groups, exports and the cache after a
    fetch: the sealed text never reaches them. The server asks for the text with `_open_secrets` of the model, which
    inherits ``fusion.secret.mixin``. Writing `MASK` changes nothing, so what was read can be saved.

    The column holds the sealed text, made for this model, record and field. A migration that renames one of these has
    to open it under the old name and seal it under the new one.
    """

    _column_type = ("text", "text")
    falsy_value = None
    copy = False

    def __init__(self, string=SENTINEL, **params):
        for name, reason in _UNFIT.items():
            if params.get(name):
                raise TypeError(f"A secret cannot have {name}: {reason}")
        super().__init__(string, **params)

    def setup_nonrelated(self, model):
        if not hasattr(model, "_open_secrets"):
            raise TypeError(
                f"{model._name}, which has the secret {self.name}, has to inherit fusion.secret.mixin"
            )
        super().setup_nonrelated(model)

    def place(self, record_id):
        """What its text is sealed for."""
        return (self.model_name, str(record_id), self.name)

    def to_sql(self, model, alias):
        return SQL("CASE WHEN %s IS NULL THEN NULL ELSE %s END", super().to_sql(model, alias), MASK)

    def convert_to_cache(self, value, record, validate=True):
        value = super().convert_to_cache(value or None, record, validate)
        if validate and value and value != MASK and MASK in value:
            raise UserError(
                record.env._(
                    "%(field)s: the dots stand for what is stored. Delete them, then enter the new one whole.",
                    field=self._description_string(record.env),
                )
            )
        return value

    def convert_to_record(self, value, record):
        return MASK if value else False

    def convert_to_write(self, value, record):
        return value

    def convert_to_column_insert(self, value, record, values=None, validate=True):
        # A new row has no id yet that its text could be sealed for: `_create` of the mixin has it updated.
        return seal(record.env, value, self.place(record.id)) if value and record else None

    def write(self, records, value):
        if value != MASK:
            super().write(records, value)


class Secret(Sealed, fields.Char):
    """A secret of one line."""


class SecretText(Sealed, fields.Text):
    """A secret of several lines."""
