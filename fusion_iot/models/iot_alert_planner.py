import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import timezone

from odoo import api, models

from fusion_iot_core.notify import timing
from fusion_iot_core.notify.timing import SEVERITIES, Wishes

from .iot_alert_policy import CHANNELS

MOST_AT_ONCE = 5_000
"""Alerts and policies in one turn; the next turn goes on with what remains."""

# What follows from an alert, and is not told for that reason.
_FOLLOWS = """
    child.suppressed_by_id = alert.id AND child.is_suppressed AND child.is_active
    AND child.out_of_service IS NOT TRUE AND child.shelved_until IS NULL
"""
_BEHIND = f"""
    SELECT array_agg(DISTINCT child.rule_id) AS rule_ids, count(*) AS count,
           array_agg(DISTINCT child.responsible_id) FILTER (WHERE child.responsible_id IS NOT NULL) AS responsible_ids
      FROM iot_alert child
     WHERE {_FOLLOWS}
"""
# What is told anew (nobody was told of this trigger), is back after people were told that it was over, concerns more
# people than before, is told again, or to the next level. `told_at` is when the engine found that people are to be
# told; it is empty while that is held back.
_OPEN = f"""
    SELECT alert.id, policy.id AS policy_id, alert.severity, alert.company_id, alert.told_at, reach.of AS reach,
           array_append(behind.responsible_ids, alert.responsible_id) AS responsible_ids,
           known.is_new, NOT known.is_new AND telling.is_done AND policy.tell_resolved IS TRUE AS is_back,
           telling.reach IS DISTINCT FROM reach.of AS is_wider,
           coalesce(policy.again_after > 0
                    AND telling.last_at + make_interval(mins => policy.again_after) <= %(now)s, false) AS is_again,
           known.since, telling.last_at, CASE WHEN known.is_new THEN 0 ELSE telling.level END AS level,
           CASE WHEN known.is_new THEN 0 ELSE telling.times END AS times, chain.reached
      FROM iot_alert alert
     CROSS JOIN LATERAL ({_BEHIND}) AS behind
     CROSS JOIN LATERAL (
           SELECT concat_ws('/', alert.severity, coalesce(alert.responsible_id, 0), behind.count,
                            coalesce(array_to_string(behind.rule_ids, ','), '-'),
                            coalesce(array_to_string(behind.responsible_ids, ','), '-')) AS of) AS reach
      JOIN iot_alert_policy policy
        ON policy.active AND (policy.company_id IS NULL OR alert.company_id IS NULL
                              OR policy.company_id = alert.company_id)
       AND array_position(%(severities)s::text[], alert.severity) > policy.least
       AND (NOT EXISTS (SELECT FROM iot_alert_policy_iot_alert_rule_rel rel WHERE rel.iot_alert_policy_id = policy.id)
            OR EXISTS (SELECT FROM iot_alert_policy_iot_alert_rule_rel rel
                        WHERE rel.iot_alert_policy_id = policy.id
                          AND rel.iot_alert_rule_id = ANY(array_append(behind.rule_ids, alert.rule_id))))
      LEFT JOIN iot_alert_telling telling ON telling.alert_id = alert.id AND telling.policy_id = policy.id
     CROSS JOIN LATERAL (
           SELECT telling.told_for IS DISTINCT FROM alert.told_at AS is_new,
                  CASE WHEN telling.told_for = alert.told_at THEN coalesce(telling.since, alert.told_at)
                       ELSE alert.told_at END AS since) AS known
     CROSS JOIN LATERAL (
           SELECT greatest(count(*) FILTER (WHERE known.since + make_interval(mins => level.after) <= %(now)s),
                           least(count(*), coalesce(alert.escalation_level, 0)))::int AS reached
             FROM iot_alert_policy_level level WHERE level.policy_id = policy.id) AS chain
     WHERE alert.status = 'active' AND alert.phase = 'active' AND alert.is_quiet IS NOT TRUE
       AND alert.told_at IS NOT NULL
       AND (known.is_new OR telling.reach IS DISTINCT FROM reach.of OR telling.is_done AND policy.tell_resolved IS TRUE
            OR (policy.again_after > 0
                AND telling.last_at + make_interval(mins => policy.again_after) <= %(now)s)
            OR telling.level < chain.reached)
     ORDER BY alert.id, policy.id
     LIMIT %(most)s
"""
_OVER = """
    SELECT alert.id, policy.id AS policy_id, alert.severity, alert.company_id, telling.told_for, telling.last_at,
           coalesce(telling.since, telling.told_for) AS since, telling.reach,
           policy.active AND policy.tell_resolved IS TRUE AS is_told
      FROM iot_alert_telling telling
      JOIN iot_alert alert ON alert.id = telling.alert_id
      JOIN iot_alert_policy policy ON policy.id = telling.policy_id
     WHERE telling.is_done IS NOT TRUE AND alert.status = 'resolved'
     ORDER BY alert.id, policy.id
     LIMIT %(most)s
"""
# Whom a policy has told of alerts, or is about to tell.
_KNOW = """
    SELECT DISTINCT line.alert_id, line.policy_id, delivery.receiver, delivery.channel, delivery.user_id,
           delivery.webhook_id
      FROM unnest(%(alerts)s::bigint[], %(policies)s::int[]) AS wanted(alert_id, policy_id)
      JOIN iot_alert_delivery_line line USING (alert_id, policy_id)
      JOIN iot_alert_delivery delivery ON delivery.id = line.delivery_id
      LEFT JOIN res_users person ON person.id = delivery.user_id
      LEFT JOIN iot_alert_webhook webhook ON webhook.id = delivery.webhook_id
     WHERE line.event != 'resolved' AND delivery.state NOT IN ('failed', 'skipped')
       AND coalesce(person.active, webhook.active, true)
     ORDER BY line.alert_id, delivery.receiver, delivery.channel
"""
# Who has been told of all that follows from an alert and is as bad as that: it is no news. What was the matter before
# the cause could be is another thing.
_KNOW_BEHIND = f"""
    SELECT alert.id, delivery.receiver, delivery.channel
      FROM iot_alert alert
     CROSS JOIN LATERAL (
           SELECT array_agg(child.id) AS ids FROM iot_alert child
            WHERE {_FOLLOWS} AND array_position(%(severities)s::text[], child.severity)
                  >= array_position(%(severities)s::text[], alert.severity)) AS behind
      JOIN iot_alert child ON child.id = ANY(behind.ids)
       AND child.last_triggered_at
           >= coalesce(nullif(alert.details ->> 'last_seen', '')::timestamp, alert.condition_since)
      JOIN iot_alert_delivery_line line ON line.alert_id = child.id AND line.event != 'resolved'
      JOIN iot_alert_delivery delivery ON delivery.id = line.delivery_id
       AND delivery.state IN ('sending', 'queued', 'retrying', 'sent') AND delivery.claimed_at >= child.told_at
     WHERE alert.id = ANY(%(ids)s::bigint[])
     GROUP BY alert.id, behind.ids, delivery.receiver, delivery.channel
    HAVING count(DISTINCT child.id) = cardinality(behind.ids)
"""
# Who has not got yet what was told of an alert: told again meanwhile, he would get all of it at once.
_STUCK = """
    SELECT DISTINCT line.alert_id, delivery.receiver, delivery.channel
      FROM iot_alert_delivery_line line
      JOIN iot_alert_delivery delivery ON delivery.id = line.delivery_id
     WHERE line.alert_id = ANY(%(ids)s::bigint[]) AND line.event != 'resolved'
       AND delivery.state IN ('waiting', 'sending', 'queued', 'retrying')
"""
# Rows that exist are messages that wait: what is more urgent pulls them forward.
_GATHER = """
    INSERT INTO iot_alert_delivery AS delivery
           (key, receiver, channel, lane, user_id, webhook_id, email_to, response_id, company_id, state, severity,
            due_at, attempts, create_date, write_date, create_uid, write_uid)
    SELECT said.key, said.receiver, said.channel, said.lane, said.user_id, said.webhook_id, said.email_to,
           said.response_id, said.company_id, 'waiting', said.severity, said.due_at, 0, %(now)s, %(now)s, 1, 1
      FROM jsonb_to_recordset(%(messages)s)
        AS said(key text, receiver text, channel text, lane text, user_id int, webhook_id int, email_to text,
                response_id int, company_id int, severity text, due_at timestamp)
     ORDER BY said.receiver, said.channel, said.lane
    ON CONFLICT (receiver, channel, lane, (coalesce(company_id, 0))) WHERE state = 'waiting'
    DO UPDATE SET due_at = least(delivery.due_at, excluded.due_at),
                  severity = CASE WHEN array_position(%(severities)s::text[], excluded.severity::text)
                                       > array_position(%(severities)s::text[], delivery.severity::text)
                                  THEN excluded.severity ELSE delivery.severity END
 RETURNING id, receiver, channel, lane, company_id
"""
_LINES = """
    INSERT INTO iot_alert_delivery_line (delivery_id, alert_id, policy_id, event, key)
    SELECT * FROM unnest(%(deliveries)s::bigint[], %(alerts)s::bigint[], %(policies)s::int[], %(events)s::text[],
                         %(keys)s::text[])
    ON CONFLICT (key) DO NOTHING
"""
_DROP_EMPTY = """
    DELETE FROM iot_alert_delivery delivery
     WHERE id = ANY(%(ids)s::bigint[])
       AND NOT EXISTS (SELECT FROM iot_alert_delivery_line line WHERE line.delivery_id = delivery.id)
"""
_TOLD = """
    INSERT INTO iot_alert_telling AS telling
           (alert_id, policy_id, told_for, since, reach, last_at, times, level, is_done)
    SELECT alert_id, policy_id, told_for, since, reach, last_at, times, level, is_done
      FROM jsonb_to_recordset(%(tellings)s)
        AS told(alert_id bigint, policy_id int, told_for timestamp, since timestamp, reach text, last_at timestamp,
                times int, level int, is_done bool)
     ORDER BY alert_id, policy_id
    ON CONFLICT (alert_id, policy_id)
    DO UPDATE SET told_for = excluded.told_for, since = excluded.since, reach = excluded.reach,
                  last_at = excluded.last_at, times = excluded.times, level = excluded.level,
                  is_done = excluded.is_done
"""
_LAST = """
    SELECT receiver, channel, max(claimed_at) FROM iot_alert_delivery
     WHERE (receiver, channel) IN (SELECT * FROM unnest(%(receivers)s::text[], %(channels)s::text[]))
       AND claimed_at > %(since)s AND claimed_at <= %(now)s
     GROUP BY receiver, channel
"""


@dataclass(frozen=True)
class Receiver:
    """Whom a message goes to, by which channel."""

    key: str
    channel: str
    user_id: int | None = None
    webhook_id: int | None = None
    email_to: str | None = None
    response_id: int | None = None


@dataclass(frozen=True)
class Item:
    """An alert that a receiver is told of.

    :ivar stamp: with the receiver, the alert and the event, what nobody is told twice
    :ivar policy_id: that says so
    """

    alert_id: int
    event: str
    severity: str
    company_id: int | None
    stamp: str
    policy_id: int | None = None


class IotAlertPlanner(models.AbstractModel):
    """Who is to be told what: what policies want, compared with what was told before."""

    _name = "iot.alert.planner"
    _description = "Planning of Notifications"

    @api.model
    def _plan(self, now):
        """Put into the outbox what has to be told now, in a number of statements that does not grow with the alerts.

        :param now: naive UTC
        :return: whether there may be more
        """
        self.env.flush_all()
        rows = self._rows(_OPEN, now)
        over = self._rows(_OVER, now)
        items = defaultdict(list)
        people = _People(self.env, now, self._know_behind(rows), self._stuck(rows))
        tellings = [self._plan_open(row, people, items, now) for row in rows]
        self._plan_over(over, items)
        tellings += [self._telling(row, row["told_for"], is_done=True) for row in over]
        self._gather(items, now)
        if tellings:
            self.env.cr.execute(_TOLD, {"tellings": json.dumps(tellings, default=str)})
        return MOST_AT_ONCE in (len(rows), len(over))

    def _rows(self, statement, now):
        values = {"now": now, "severities": list(SEVERITIES), "most": MOST_AT_ONCE}
        self.env.cr.execute(statement, values)
        return self.env.cr.dictfetchall()

    def _know_behind(self, rows):
        """Receivers and channels to whom alerts are no news, by id: they know of all that follows from them."""
        values = {"ids": [row["id"] for row in rows], "severities": list(SEVERITIES)}
        return self._places(_KNOW_BEHIND, values)

    def _stuck(self, rows):
        """Receivers and channels that alerts, by id, need not be told again to: the last message is under way."""
        again = [row["id"] for row in rows if row["is_again"]]
        return self._places(_STUCK, {"ids": again}) if again else {}

    def _places(self, statement, values):
        places = defaultdict(set)
        self.env.cr.execute(statement, values)
        for alert_id, *place in self.env.cr.fetchall():
            places[alert_id].add(tuple(place))
        return places

    def _plan_open(self, row, people, items, now):
        since, last_at, times, level = row["since"], now, row["times"], row["level"]
        if row["is_back"]:
            since, times, level = now, 0, 0
        if row["is_new"] or row["is_back"] or row["is_wider"]:
            people.add(items, row, "raised", str(since))
        if row["is_again"] and not (row["is_new"] or row["is_back"]):
            times += 1
            people.add(items, row, "again", f"{since}:{row['policy_id']}:{times}")
        elif row["is_wider"] and not (row["is_new"] or row["is_back"]):
            last_at = row["last_at"]
        while level < row["reached"] and not row["is_back"]:
            people.add(items, row, "escalated", f"{since}:{row['policy_id']}:{level}", level)
            level += 1
        return self._telling(row, row["told_at"], since, last_at, times, level)

    def _plan_over(self, rows, items):
        """Tell those that an alert is over who were told of it, the same way."""
        told = {(row["id"], row["policy_id"]): row for row in rows if row["is_told"]}
        values = {"alerts": [alert_id for alert_id, _ in told], "policies": [policy for _, policy in told]}
        self.env.cr.execute(_KNOW, values)
        for alert_id, policy_id, key, channel, user_id, webhook_id in self.env.cr.fetchall():
            row = told[alert_id, policy_id]
            receiver = Receiver(key, channel, user_id, webhook_id)
            item = Item(
                alert_id, "resolved", row["severity"], row["company_id"], str(row["since"]), policy_id
            )
            items[receiver].append(item)

    def _telling(self, row, told_for, since=None, last_at=None, times=0, level=0, is_done=False):
        return {
            "alert_id": row["id"],
            "policy_id": row["policy_id"],
            "told_for": told_for,
            "since": since or row["since"],
            "reach": row["reach"],
            "last_at": last_at or row["last_at"],
            "times": times,
            "level": level,
            "is_done": is_done,
        }

    @api.model
    def _gather(self, items, now):
        """Put items into the messages that wait for their receivers, or into new ones.

        :param items: `Item` by `Receiver`
        """
        if not items:
            return
        messages, members = self._messages(items, now)
        rows = [
            {**message, "key": self.env["iot.alert.delivery"]._new_key()} for message in messages.values()
        ]
        values = {"messages": json.dumps(rows, default=str), "now": now, "severities": list(SEVERITIES)}
        self.env.cr.execute(_GATHER, values)
        ids = {tuple(place): delivery_id for delivery_id, *place in self.env.cr.fetchall()}
        lines = [(ids[place], item, place) for place, gathered in members.items() for item in gathered]
        self.env.cr.execute(
            _LINES,
            {
                "deliveries": [delivery_id for delivery_id, _item, _place in lines],
                "alerts": [item.alert_id for _id, item, _place in lines],
                "policies": [item.policy_id for _id, item, _place in lines],
                "events": [item.event for _id, item, _place in lines],
                "keys": [f"{p[0]}:{p[1]}:{i.alert_id}:{i.event}:{i.stamp}" for _id, i, p in lines],
            },
        )
        self.env.cr.execute(_DROP_EMPTY, {"ids": list(ids.values())})
        self.env["iot.alert.delivery"].invalidate_model()

    def _messages(self, items, now):
        """What `_GATHER` takes, and the items of each, by receiver, channel, lane and company."""
        last = self._last(items, now)
        wishes = self._wishes(items)
        aware = now.replace(tzinfo=timezone.utc)
        messages, members = {}, defaultdict(list)
        for receiver, gathered in items.items():
            for item in gathered:
                wish = wishes.get((receiver.user_id, receiver.channel)) or Wishes()
                due = timing.due(item.severity, aware, wish, last.get((receiver.key, receiver.channel)))
                # What is done about an alert waits for no other one.
                due_at = now if receiver.channel == "response" else due.at.replace(tzinfo=None)
                place = (receiver.key, receiver.channel, due.lane, item.company_id)
                members[place].append(item)
                before = messages.get(place)
                messages[place] = {
                    "receiver": receiver.key,
                    "channel": receiver.channel,
                    "lane": due.lane,
                    "user_id": receiver.user_id,
                    "webhook_id": receiver.webhook_id,
                    "email_to": receiver.email_to,
                    "response_id": receiver.response_id,
                    "company_id": item.company_id,
                    "due_at": min(due_at, before["due_at"]) if before else due_at,
                    "severity": max(
                        item.severity, before["severity"] if before else item.severity, key=SEVERITIES.index
                    ),
                }
        return messages, members

    def _last(self, items, now):
        receivers = list(items)
        values = {
            "receivers": [receiver.key for receiver in receivers],
            "channels": [receiver.channel for receiver in receivers],
            "since": now - timing.GROUP_INTERVAL,
            "now": now,
        }
        self.env.cr.execute(_LAST, values)
        return {
            (key, channel): at.replace(tzinfo=timezone.utc) for key, channel, at in self.env.cr.fetchall()
        }

    def _wishes(self, items):
        users = self.env["res.users"].sudo().browse({receiver.user_id for receiver in items} - {None})
        return {(user.id, channel): user._alert_wishes(channel) for user in users for channel in CHANNELS[:3]}


class _People:
    """Who is told, looked up once for all alerts that are alike.

    :param know: receivers and channels by the id of an alert, to whom it is no news
    :param stuck: the same of those whom a message about it has not reached yet
    """

    def __init__(self, env, now, know, stuck):
        self._env, self._now = env, now
        self._left_out = {"raised": know, "again": stuck}
        self._found = {}

    def add(self, items, row, event, stamp, level=None):
        """Add an alert to the items of everybody who is told of it.

        :param level: of the escalation chain; ``None``: the policy's own people
        """
        item = Item(row["id"], event, row["severity"], row["company_id"], stamp, row["policy_id"])
        left_out = self._left_out.get(event, {}).get(row["id"], ())
        for receiver in self._receivers(row, level):
            if (receiver.key, receiver.channel) not in left_out:
                items[receiver].append(item)

    def _receivers(self, row, level):
        responsible = tuple(sorted({*row["responsible_ids"]} - {None}))
        place = (row["policy_id"], level, responsible, row["company_id"], row["severity"])
        if place not in self._found:
            self._found[place] = self._look_up(*place)
        return self._found[place]

    def _look_up(self, policy_id, level, responsible, company_id, severity):
        policy = self._env["iot.alert.policy"].sudo().browse(policy_id)
        audience = policy if level is None else policy.level_ids[level : level + 1]
        users = audience._people(self._now)
        if policy.tell_responsible and level is None:
            users |= self._env["res.users"].sudo().browse(responsible)
        receivers = []
        for user in users:
            if not user.active or user.share or (company_id and company_id not in user.company_ids.ids):
                continue
            for channel in CHANNELS[:3]:
                if timing.reaches(severity, user._alert_least(channel, policy[f"{channel}_from"])):
                    receivers.append(Receiver(f"u{user.id}", channel, user_id=user.id))
        if timing.reaches(severity, policy.webhook_from or None):
            receivers += [
                Receiver(f"w{webhook.id}", "webhook", webhook_id=webhook.id)
                for webhook in policy.webhook_ids
                if webhook.active and (not company_id or webhook.company_id.id in (False, company_id))
            ]
        return receivers
