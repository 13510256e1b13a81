from datetime import datetime, timedelta, timezone

from odoo import api, fields, models

SHIFT_HOURS = "fusion_iot.shift_hours"
DEFAULT_SHIFT_HOURS = 8.0
LONGEST_SHIFT_HOURS = 24.0 * 7
ITEMS = 8
URGENCY = ("danger", "warning", "")


def moment(at):
    """A moment as the web client takes it: ISO 8601, UTC. ``None`` for none.

    :param at: naive UTC
    """
    return at.replace(tzinfo=timezone.utc).isoformat() if at else None


def plain(domain):
    """A domain as the web client takes it: lists, and moments as text."""
    terms = []
    for term in domain:
        if isinstance(term, str):
            terms.append(term)
        else:
            field, operator, value = term
            if isinstance(value, datetime):
                value = fields.Datetime.to_string(value)
            terms.append([field, operator, plain(value) if operator == "any" else value])
    return terms


class IotOverview(models.AbstractModel):
    """How the shop is, at a glance: what needs somebody, the state of everything in numbers, what has changed.

    Domain addons extend :meth:`_attention`, :meth:`_sections`, :meth:`_changes` and :meth:`_guide`. Each of them counts
    with a constant number of queries, whatever there is, and leaves out what the user may not read
    (:meth:`_may_read`). The number on a tile is that of the records in its ``domain``.
    """

    _name = "iot.overview"
    _description = "Overview"

    @api.model
    @api.readonly
    def snapshot(self):
        """All that the screen shows now, for this user and the companies that are chosen.

        :return: dict of ``at`` (when), ``attention`` (``count``, ``items`` with the most urgent first, ``groups``),
            ``sections``, ``shift`` (``since``, ``hours``, ``tiles``) and ``guide`` (``shown``, ``dismissed``,
            ``tracks``)
        """
        now = fields.Datetime.now()
        length = self._shift_length(now)
        # Of full minutes: a list that was opened from a number has the same records a moment later.
        since = (now - length).replace(second=0, microsecond=0)
        return {
            "at": moment(now),
            "attention": self._sorted_attention(),
            "sections": sorted(self._sections(), key=lambda section: section["sequence"]),
            "shift": {
                "since": moment(since),
                "hours": round(length / timedelta(hours=1), 2),
                "tiles": self._changes(since),
            },
            "guide": self._guide_shown(),
        }

    @api.model
    def dismiss_guide(self, dismissed=True):
        """Hide the set-up guide from this user, or show it again."""
        settings = self.env["res.users.settings"]._find_or_create_for_user(self.env.user)
        settings.sudo().overview_guide_dismissed = bool(dismissed)

    @api.model
    def _shift_length(self, now):
        """How long a shift is: so far back changes are shown. An addon that knows shifts says how long theirs are.

        :param now: naive UTC
        """
        text = self.env["ir.config_parameter"].sudo().get_param(SHIFT_HOURS)
        try:
            hours = float(text or DEFAULT_SHIFT_HOURS)
        except ValueError:
            hours = DEFAULT_SHIFT_HOURS
        return timedelta(hours=hours if 0 < hours <= LONGEST_SHIFT_HOURS else DEFAULT_SHIFT_HOURS)

    @api.model
    def _attention(self):
        """What waits for somebody, by kind: a list of :meth:`_group`. Extend, and add to ``super()``."""
        return []

    @api.model
    def _sections(self):
        """How everything is, by domain: a list of :meth:`_section`. Extend, and add to ``super()``."""
        return []

    @api.model
    def _changes(self, since):
        """What has happened since a moment (naive UTC): a list of :meth:`_tile`. Extend, and add to ``super()``."""
        return []

    @api.model
    def _guide(self):
        """Ways to set up the first thing that works: a list of :meth:`_track`. Extend, and add to ``super()``."""
        return []

    # For those who extend it

    @api.model
    def _may_read(self, *names):
        """Whether this user may read the models with these names."""
        return all(self.env[name].has_access("read") for name in names)

    @api.model
    def _group(self, name, title, tiles, items):
        """One kind of what waits for somebody.

        :param tiles: of :meth:`_tile`; together they count all that waits
        :param items: of :meth:`_item`, the most urgent of them, as many as :meth:`_items_shown`
        """
        return {"name": name, "title": title, "tiles": tiles, "items": items}

    @api.model
    def _item(self, record, *, level, kind, title, text="", status="", since=None, buttons=()):
        """One record that waits for somebody.

        :param level: ``"danger"``, ``"warning"`` or ``""``
        :param kind: what it is, in a word or two
        :param since: since when, naive UTC
        :param buttons: pairs of a method of the record that is called by RPC, and what is on the button
        """
        return {
            "key": f"{record._name}-{record.id}",
            "model": record._name,
            "id": record.id,
            "level": level,
            "kind": kind,
            "title": title,
            "text": text or "",
            "status": status or "",
            "since": moment(since),
            "buttons": [{"method": method, "label": label} for method, label in buttons],
        }

    @api.model
    def _section(self, name, title, tiles, sequence=50):
        """A heading with tiles under it."""
        return {"name": name, "title": title, "tiles": tiles, "sequence": sequence}

    @api.model
    def _tile(self, name, label, count, *, action, domain=(), level=""):
        """A number that opens its list.

        :param action: external id of an action on the model that is counted
        :param domain: the records that are counted, all by default; it takes the place of the action's own
        :param level: how bad it is if there are any: ``"danger"``, ``"warning"``, or ``""`` for what is normal
        """
        return {
            "name": name,
            "label": label,
            "count": count,
            "level": level if count else "",
            "action": action,
            "domain": plain(domain),
        }

    @api.model
    def _track(self, name, title, steps):
        """A way to set something up, step by step."""
        return {"name": name, "title": title, "steps": steps}

    @api.model
    def _step(self, name, label, text, *, button, action, model, done=None):
        """One step of a track. Its button opens a new record; where there are some that do not do yet, their list.

        :param button: what is on the button; it is there for those who may create records
        :param action: external id of the action that lists the records
        :param model: name of their model
        :param done: whether the step is done; by default, whether there is a record
        """
        exists = self._exists(model)
        return {
            "name": name,
            "label": label,
            "text": text,
            "done": exists if done is None else done,
            "button": button,
            "action": action,
            "new": not exists,
            "may": self.env[model].has_access("create"),
        }

    @api.model
    def _exists(self, model, domain=()):
        """Whether this user can see any such record."""
        return bool(self.env[model].search_count(list(domain), limit=1))

    @api.model
    def _items_shown(self):
        """How many items are shown, of all kinds together."""
        return ITEMS

    # How it is put together

    @api.model
    def _sorted_attention(self):
        groups = self._attention()
        ranked = [(self._rank(group, item), item) for group in groups for item in group["items"]]
        # Stable: among equals, the kinds keep the order they came in.
        items = [item for _rank, item in sorted(ranked, key=lambda pair: pair[0])]
        return {
            "count": sum(tile["count"] for group in groups for tile in group["tiles"]),
            "items": items[: self._items_shown()],
            "groups": [{**group, "items": len(group["items"])} for group in groups],
        }

    def _rank(self, group, item):
        """What an item is sorted by: how urgent it is, then its place in its kind, so that none crowds out another."""
        return URGENCY.index(item["level"]), group["items"].index(item)

    @api.model
    def _guide_shown(self):
        tracks = self._guide()
        done = any(all(step["done"] for step in track["steps"]) for track in tracks)
        if done or not tracks:
            return {"shown": False, "dismissed": False, "tracks": []}
        settings = self.env.user.sudo().res_users_settings_ids
        dismissed = settings.overview_guide_dismissed
        return {"shown": not dismissed, "dismissed": dismissed, "tracks": [] if dismissed else tracks}
