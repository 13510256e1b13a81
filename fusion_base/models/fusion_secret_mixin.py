from odoo import models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..sealing import CannotOpen, Keyring, KeyUnusable
from ..secret import MASK, Sealed, SealedColumn, server_keys


class FusionSecretMixin(models.AbstractModel):
    """For models with fields of the types `Secret` and `SecretText`."""

    _name = "fusion.secret.mixin"
    _description = "Secrets"

    def _secret_fields(self):
        """Its fields that are sealed."""
        return [field for field in self._fields.values() if isinstance(field, Sealed) and not field.related]

    def _sealed_columns(self):
        return [SealedColumn(self._name, self._table, field.name) for field in self._secret_fields()]

    def _create(self, data_list):
        records = super()._create(data_list)
        for field in self._secret_fields():
            for record, data in zip(records, data_list, strict=True):
                value = field.convert_to_cache(data["stored"].get(field.name), record)
                if value == MASK:
                    raise UserError(
                        self.env._(
                            "%(field)s: the dots stand for what another record has. Enter the text itself.",
                            field=field._description_string(self.env),
                        )
                    )
                if value:
                    field._update_cache(record, value, dirty=True)
        return records

    def _open_secrets(self, *names):
        """The secrets of these records in clear, for the server's own use. Nobody's rights are checked.

        :param names: of the fields; left out, all of them
        :return: record id -> name -> text: empty where none is stored, ``None`` where it cannot be opened
        """
        sealed = [field for field in self._secret_fields() if not names or field.name in names]
        opened = {record.id: self._typed(record, sealed) for record in self}
        rest = [record for record in self if len(opened[record.id]) < len(sealed)]
        stored = self._read_sealed([record._origin.id for record in rest], sealed)
        try:
            keys = server_keys() if stored else Keyring(())
        except KeyUnusable:
            keys = Keyring(())
        for record in rest:
            texts = stored.get(record._origin.id, {})
            for field in sealed:
                if field.name not in opened[record.id]:
                    text = texts.get(field.name, "")
                    opened[record.id][field.name] = text and _open(keys, text, field.place(record._origin.id))
        return opened

    def _typed(self, record, sealed):
        """What was written in this transaction, or typed into a form, by name. All else is in the database."""
        typed = {}
        for field in sealed:
            value = field._get_cache(self.env).get(record.id, MASK)
            # Nothing, in the cache of a stored record, can be older than what a lock has waited for.
            pending = not record.id or record.id in self.env._field_dirty.get(field, ())
            if value != MASK and (value or pending):
                typed[field.name] = value or ""
        return typed

    def _read_sealed(self, ids, sealed):
        ids = [record_id for record_id in ids if record_id]
        if not ids or not sealed:
            return {}
        names = [field.name for field in sealed]
        rows = self.env.execute_query(
            SQL(
                "SELECT id, %s FROM %s WHERE id = ANY(%s)",
                SQL(", ").join(map(SQL.identifier, names)),
                SQL.identifier(self._table),
                ids,
            )
        )
        return {
            record_id: {name: text or "" for name, text in zip(names, texts, strict=True)}
            for record_id, *texts in rows
        }

    def _secret_trouble(self, opened):
        """What to do about secrets that cannot be opened, for people; empty where all can be.

        :param opened: what `_open_secrets` has found of one record
        """
        names = [name for name, text in opened.items() if text is None]
        if not names:
            return ""
        labels = ", ".join(self._fields[name]._description_string(self.env) for name in names)
        try:
            server_keys()
        except KeyUnusable as error:
            return self.env._(
                "%(fields)s: stored, but cannot be read: %(reason)s. An administrator must correct the server's key.",
                fields=labels,
                reason=error,
            )
        return self.env._(
            "%(fields)s: stored, but cannot be read with the present key of the server. An administrator must restore "
            "the former key or enter it again.",
            fields=labels,
        )


def _open(keys, text, place):
    try:
        return keys.open(text, place)
    except CannotOpen:
        return None
