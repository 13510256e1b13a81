"""What a database is made of besides its rows: what an upgraded one has to have in common with a fresh one."""

from __future__ import annotations

import re
from collections.abc import Callable

from fusion_cli.database.cluster import Cluster

XMLID = """(SELECT string_agg(DISTINCT module || '.' || name, ', ') FROM ir_model_data
             WHERE model = '{model}' AND res_id = {id})"""


def xmlid(model: str, column: str) -> str:
    """An expression for the external id of the record that a column names."""
    return XMLID.format(model=model, id=column)


PARTS = {
    "columns": """
        SELECT table_name || '.' || column_name,
               concat_ws(' ', udt_name, character_maximum_length, numeric_precision, numeric_scale,
                         CASE is_nullable WHEN 'NO' THEN 'required' END, column_default)
          FROM information_schema.columns WHERE table_schema = 'public'
    """,
    "indexes": "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "constraints": """
        SELECT conrelid::regclass || '.' || conname, pg_get_constraintdef(oid) FROM pg_constraint
         WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
    """,
    "triggers": """
        SELECT tgrelid::regclass || '.' || tgname, tgenabled::text || ' ' || pg_get_triggerdef(oid) FROM pg_trigger
         WHERE NOT tgisinternal
    """,
    "functions": """
        SELECT oid::regprocedure, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace
           AND NOT EXISTS (SELECT 1 FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')
    """,
    "sequences": """
        SELECT sequencename, data_type FROM pg_sequences
         WHERE schemaname = 'public' AND sequencename NOT SIMILAR TO 'ir_sequence_[0-9_]+'
    """,
    "SQL views": "SELECT viewname, definition FROM pg_views WHERE schemaname = 'public'",
    "storage": """
        SELECT relname, reloptions::text FROM pg_class
         WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND reloptions IS NOT NULL
    """,
    "models": "SELECT model, concat_ws(' ', transient, abstract, \"order\") FROM ir_model",
    "fields": """
        SELECT model || '.' || name, concat_ws(' ', ttype, relation, relation_field, relation_table, column1, column2,
               index, store, required, readonly, translate, company_dependent, on_delete,
               related, domain, group_expand)
          FROM ir_model_fields
    """,
    "selections": """
        SELECT model || '.' || field.name || '.' || value, selection.name ->> 'en_US'
          FROM ir_model_fields_selection selection JOIN ir_model_fields field ON field.id = field_id
    """,
    "access rights": f"""
        SELECT {xmlid("ir.model.access", "access.id")}, concat_ws(' ', model.model,
               {xmlid("res.groups", "group_id")}, perm_read, perm_write, perm_create, perm_unlink, access.active)
          FROM ir_model_access access JOIN ir_model model ON model.id = model_id
    """,
    "record rules": f"""
        SELECT {xmlid("ir.rule", "rule.id")}, concat_ws(' ', model.model, domain_force, perm_read, perm_write,
               perm_create, perm_unlink, rule.active, ARRAY(
                   SELECT {xmlid("res.groups", "group_id")}
                     FROM rule_group_rel WHERE rule_group_id = rule.id ORDER BY 1))
          FROM ir_rule rule JOIN ir_model model ON model.id = model_id
    """,
    "groups": f"""
        SELECT {xmlid("res.groups", "groups.id")}, concat_ws(' ', name ->> 'en_US',
               ARRAY(SELECT {xmlid("res.groups", "hid")} FROM res_groups_implied_rel WHERE gid = groups.id ORDER BY 1))
          FROM res_groups groups
    """,
    "views": f"""
        SELECT {xmlid("ir.ui.view", "view.id")}, concat_ws(' ', model, type, mode, priority, active,
               {xmlid("ir.ui.view", "inherit_id")}, arch_db ->> 'en_US')
          FROM ir_ui_view view WHERE {xmlid("ir.ui.view", "view.id")} IS NOT NULL
    """,
    "menus": f"""
        SELECT {xmlid("ir.ui.menu", "menu.id")}, concat_ws(' ', name ->> 'en_US', {xmlid("ir.ui.menu", "parent_id")},
               sequence, active)
          FROM ir_ui_menu menu
    """,
    "window actions": f"""
        SELECT {xmlid("ir.actions.act_window", "action.id")}, concat_ws(' ', name ->> 'en_US', res_model, view_mode,
               domain, context, target)
          FROM ir_act_window action WHERE {xmlid("ir.actions.act_window", "action.id")} IS NOT NULL
    """,
    "scheduled actions": f"""
        SELECT {xmlid("ir.cron", "cron.id")}, concat_ws(' ', interval_number, interval_type)
          FROM ir_cron cron
    """,
    "external ids": """
        SELECT module || '.' || name, model FROM ir_model_data
         WHERE module LIKE 'fusion\\_%' AND model <> 'ir.model.fields'
    """,
    "versions": "SELECT name, concat_ws(' ', latest_version, state) FROM ir_module_module WHERE state <> 'uninstalled'",
}
"""What is compared: a name, and how it is there."""


_CASTS = re.compile(r"::(character varying|text)(\[\])?|[()]")
"""A condition that a dump has written and PostgreSQL has read again has more of them than it had."""
_ACTIONS = re.compile(r'name="\d+"')
"""Buttons of views, by the id of their action."""
_PLAIN: dict[str, Callable[[str], str]] = {
    "indexes": lambda how: _CASTS.sub("", how),
    "constraints": lambda how: _CASTS.sub("", how),
    "SQL views": lambda how: _CASTS.sub("", how),
    "views": lambda how: _ACTIONS.sub("", how),
}


def of(cluster: Cluster, database: str) -> dict[str, dict[str, str]]:
    """All parts of a database: for each thing in it, how it is there."""
    found = {}
    for part, query in PARTS.items():
        plain = _PLAIN.get(part, str)
        # By psql, which ends: a database that somebody is connected to cannot be copied.
        found[part] = {name: plain(how) for name, how in Cluster.sql(cluster, database, query)}
    return found


def differences(upgraded: dict[str, dict[str, str]], fresh: dict[str, dict[str, str]]) -> list[str]:
    """In words, one for each thing that is not the same."""
    told = []
    for part in PARTS:
        ours, theirs = upgraded[part], fresh[part]
        told += [f"{part}: {name} is missing; fresh: {theirs[name]}" for name in theirs.keys() - ours]
        told += [f"{part}: {name} is left over; upgraded: {ours[name]}" for name in ours.keys() - theirs]
        told += [
            f"{part}: {name} differs; upgraded: {ours[name]}; fresh: {theirs[name]}"
            for name in ours.keys() & theirs
            if ours[name] != theirs[name]
        ]
    return sorted(told)
