from odoo import api, models
from odoo.exceptions import AccessError

ONCE = "once"
_DEFAULT = "default_"


class FusionKeptMixin(models.AbstractModel):
    """Fields that the system keeps: even users with write access to the record cannot write them.

    A stored field that is ``readonly`` in its declaration is kept, unless the declaration says otherwise:

    - ``kept=False``: it is read-only on screens alone;
    - ``kept="once"``: it can be given when the record is created, and is kept from then on;
    - ``kept=True``: it is kept, though it is not ``readonly``.

    Only superuser mode may write them: no outside call can carry it, whereas any call can carry a context. Defaults of
    kept fields, in the context or set by users, are ignored.
    """

    _name = "fusion.kept.mixin"
    _description = "Fields That the System Keeps"

    def _valid_field_parameter(self, field, name):
        return name == "kept" or super()._valid_field_parameter(field, name)

    def _is_kept(self, field):
        """Whether ``field`` is out of reach from outside, for these records; without any, when one is created."""
        if not field.store or field.name in models.MAGIC_COLUMNS:
            return False
        # A related field inherits `kept` from its source; whether its own column can be written is decided here.
        kept = field.readonly if field.related else getattr(field, "kept", field.readonly)
        return bool(self) if kept == ONCE else kept

    def _keeper(self, field):
        """Who keeps ``field``, to be told to people."""
        return self.env._("the system")

    def _kept_message(self, field):
        """Why ``field`` cannot be written, for people."""
        names = {
            "field": field._description_string(self.env),
            "name": field.name,
            "model": self.env["ir.model"]._get(self._name).name,
        }
        if field.compute:
            return self.env._(
                "%(field)s (%(name)s) of %(model)s follows from other fields. Nobody can set it from outside.",
                **names,
            )
        return self.env._(
            "%(field)s (%(name)s) of %(model)s is kept by %(keeper)s. Nobody can set it from outside.",
            **names,
            keeper=self._keeper(field),
        )

    def _has_field_access(self, field, operation):
        if not super()._has_field_access(field, operation):
            return False
        return operation != "write" or self.env.su or not self._is_kept(field)

    def _check_field_access(self, field, operation):
        if operation == "write" and not self.env.su and self._is_kept(field):
            raise AccessError(self._kept_message(field))
        return super()._check_field_access(field, operation)

    @api.model_create_multi
    def create(self, vals_list):
        if self.env.su:
            return super().create(vals_list)
        new = self._without_kept_defaults()
        vals_list = [new._without_idle_values(vals) for vals in vals_list]
        return super(FusionKeptMixin, new).create(vals_list).with_env(self.env)

    @api.model
    def default_get(self, fields):
        if self.env.su:
            return super().default_get(fields)
        new = self._without_kept_defaults()
        values = super(FusionKeptMixin, new).default_get(fields)
        chosen = self.env["ir.default"]._get_model_defaults(self._name)
        for name in chosen.keys() & values.keys():
            field = self._fields[name]
            if new._is_kept(field):
                del values[name]
                if field.default:
                    value = field.convert_to_cache(field.default(new), new, validate=False)
                    values[name] = field.convert_to_write(field.convert_to_record(value, new), new)
        return values

    def copy_data(self, default=None):
        """Leave out what the system keeps: it is about the original."""
        vals_list = super().copy_data(default)
        if self.env.su:
            return vals_list
        given, new = default or {}, self.browse()
        return [
            {
                name: value
                for name, value in vals.items()
                if name in given or not new._is_kept(self._fields[name])
            }
            for vals in vals_list
        ]

    def _without_kept_defaults(self):
        """No record, in an environment whose context has no default of a kept field."""
        new, context = self.browse(), self.env.context
        names = [key.removeprefix(_DEFAULT) for key in context if key.startswith(_DEFAULT)]
        kept = {
            _DEFAULT + name for name in names if name in self._fields and new._is_kept(self._fields[name])
        }
        if not kept:
            return new
        clean = {key: value for key, value in context.items() if key not in kept}
        return new.with_context(clean)  # pylint: disable=context-overridden

    def _without_idle_values(self, vals):
        """``vals`` without kept fields that are given as nothing, or as what they are by default.

        A record of a delegating model hands over the defaults of all fields, these included.
        """
        kept = [name for name in vals if name in self._fields and self._is_kept(self._fields[name])]
        if not kept:
            return vals
        defaults = self.default_get(kept)
        return {
            name: value
            for name, value in vals.items()
            if name not in kept or (value and value != defaults.get(name))
        }
