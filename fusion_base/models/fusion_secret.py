from dataclasses import replace

from odoo import models
from odoo.tools import SQL

from ..sealing import CannotOpen, add_key, is_sealed
from ..secret import server_keys


class FusionSecret(models.AbstractModel):
    """All secrets of a database together: sealing them with another key, and those that an older version left in clear.

    Nothing here can be called from outside; an administrator calls it in ``odoo shell``.
    """

    _name = "fusion.secret"
    _description = "All Secrets"

    def _rotate_key(self):
        """Seal everything with a new key, in this transaction. The former keys go on opening what they sealed.

        Where the key is in the data directory, a new one is put in front of it. Elsewhere the administrator has done
        that: all keys are given, the new one first.

        :return: as `_reseal`
        """
        keys = server_keys(make=True)
        if keys.file:
            add_key(keys.file)
        return self._reseal()

    def _reseal(self):
        """Seal with the first key what another one sealed.

        :return: how many were sealed anew, and the places (model, record, field) of those that cannot be read
        """
        return self._seal_all(self._sealed_columns())

    def _seal_clear(self, model, *names):
        """Seal what a version before these fields were secrets has stored in clear; for migration scripts.

        Defaults that people have set for these fields are deleted: they are in clear.
        """
        self._forget_defaults(model, *names)
        columns = [
            column for column in self._sealed_columns() if column.model == model and column.name in names
        ]
        return self._seal_all([replace(column, clear=True) for column in columns])

    def _forget_defaults(self, model, *names):
        """Delete the defaults that people have set for fields that are secrets now."""
        of_fields = [("field_id.model", "=", model), ("field_id.name", "in", names)]
        self.env["ir.default"].sudo().search(of_fields).unlink()

    def _sealed_columns(self):
        """Where this database has secrets: `SealedColumn`."""
        mixin = self.env.registry["fusion.secret.mixin"]
        models_of_it = [model for model in self.env.values() if isinstance(model, mixin) and model._auto]
        columns = [
            column for model in models_of_it if not model._abstract for column in model._sealed_columns()
        ]
        return columns + self.env["ir.config_parameter"]._sealed_columns()

    def _seal_all(self, columns):
        self.env.flush_all()
        keys = server_keys(make=True)
        resealed, unreadable = 0, []
        for column in columns:
            changed = {}
            for record_id, record, text in self._texts(column):
                place = column.place(record)
                try:
                    opened = text if column.clear and not is_sealed(text) else keys.open(text, place)
                except CannotOpen:
                    unreadable.append(place)
                    continue
                if not keys.is_newest(text):
                    changed[record_id] = keys.seal(opened, place)
            self._store(column, changed)
            resealed += len(changed)
        self.env.invalidate_all()
        self.env.registry.clear_cache("stable")
        return resealed, unreadable

    def _texts(self, column):
        """Id, name of the record, and text, locked: a concurrent change makes this transaction fail and be repeated."""
        rows = self.env.execute_query(
            SQL(
                "SELECT id, %(record)s::text, %(name)s FROM %(table)s WHERE %(name)s IS NOT NULL"
                " AND (%(only)s::text[] IS NULL OR %(record)s::text = ANY(%(only)s::text[])) ORDER BY 1 FOR UPDATE",
                record=SQL.identifier(column.record),
                name=SQL.identifier(column.name),
                table=SQL.identifier(column.table),
                only=None if column.only is None else list(column.only),
            )
        )
        return [row for row in rows if row[2] not in column.public]

    def _store(self, column, changed):
        if changed:
            self.env.cr.execute(
                SQL(
                    "UPDATE %(table)s AS stored SET %(name)s = sealed.text"
                    "  FROM unnest(%(ids)s::bigint[], %(texts)s::text[]) AS sealed(id, text)"
                    " WHERE stored.id = sealed.id",
                    table=SQL.identifier(column.table),
                    name=SQL.identifier(column.name),
                    ids=list(changed),
                    texts=list(changed.values()),
                )
            )
