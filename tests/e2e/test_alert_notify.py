"""Somebody is told: by mail, on the web, once, on a running server."""

from __future__ import annotations

import base64
import json
import subprocess
import uuid
from dataclasses import dataclass

import pytest

from fusion_cli.stack import Stack
from tests.e2e.catchers import HookCatcher, MailCatcher, serving
from tests.e2e.client import Rpc
from tests.waiting import until, within

pytest_plugins = ["tests.e2e.alert_fixtures"]

KEY = bytes(range(32))


@pytest.fixture
def hooks():
    """A receiver of webhooks."""
    with serving(HookCatcher()) as catcher:
        yield catcher


@dataclass(frozen=True)
class Shop:
    """Devices of a test, with a rule and a policy that are about nothing else.

    :ivar mark: part of their names that only they have
    """

    stack: Stack
    admin: Rpc
    mark: str

    def falls_silent(self, count: int = 1) -> None:
        """So many devices have said nothing for an hour."""
        vals = [
            {
                "name": f"{self.mark} {number:03}",
                "identifier": f"{self.mark}-{number}",
                "expected_interval": 0,  # or the server would give it three of them from its start on
            }
            for number in range(count)
        ]
        ids = self.admin.call("iot.device", "create", vals)
        self.stack.sql(
            "UPDATE iot_device SET presence = 'offline', last_seen = now() AT TIME ZONE 'UTC' - interval '1 hour'"
            f" WHERE id IN ({','.join(map(str, ids))})"
        )

    def deliveries(self) -> dict[str, dict]:
        """What was sent of them to the operator and the webhook, by channel."""
        names = ["channel", "state", "attempts", "summary", "alert_count", "error"]
        ours = ["|", ("user_id.login", "=", "operator"), ("webhook_id", "!=", False)]
        domain = [("line_ids.alert_id.source_name", "like", self.mark), *ours]
        rows = self.admin.search_read("iot.alert.delivery", domain, names)
        assert len({row["channel"] for row in rows}) == len(rows), f"told twice: {rows}"
        return {row["channel"]: row for row in rows}

    def posts(self, catcher: HookCatcher) -> list[tuple[dict[str, str], bytes]]:
        """What a receiver of webhooks got of them."""
        return [(headers, body) for headers, body in catcher.posts if self.mark.encode() in body]

    def mails(self, catcher: MailCatcher) -> list:
        """What a mail server got of them."""
        return [mail for mail in catcher.mails if self.mark in mail.as_string()]


@pytest.fixture
def shop(stack, admin, hooks, mails, settle):
    """A rule of its own, and a policy that tells the operator by mail, and a webhook."""
    mark = f"e2e{uuid.uuid4().hex[:8]}"
    user = admin.call("res.users", "search", [("login", "=", "operator")])[0]
    admin.call("res.users", "write", [user], {"email": "operator@shop.example"})
    rule = admin.create(
        "iot.alert.rule",
        {
            "name": mark,
            "alert_type": "device_offline",
            "source_domain": f"[('name', 'like', '{mark}')]",
            "enabled": True,
        },
    )
    webhook = admin.create(
        "iot.alert.webhook",
        {
            "name": mark,
            "url": hooks.url,
            "allow_http": True,
            "company_id": False,
            "signing_key": "whsec_" + base64.b64encode(KEY).decode(),
        },
    )
    policy = admin.create(
        "iot.alert.policy",
        {
            "name": mark,
            "tell_responsible": False,
            "user_ids": [(6, 0, [user])],
            "rule_ids": [(6, 0, [rule])],
            "app_from": "info",
            "email_from": "info",
            "push_from": False,
            "webhook_from": "info",
            "webhook_ids": [(6, 0, [webhook])],
        },
    )
    shipped = admin.call(
        "iot.alert.rule", "search", [("alert_type", "=", "device_offline"), ("id", "!=", rule)]
    )
    admin.call("iot.alert.rule", "write", shipped, {"enabled": False})
    settle()
    yield Shop(stack, admin, mark)
    admin.call("iot.alert.policy", "unlink", [policy])
    admin.call("iot.alert.rule", "unlink", [rule])
    admin.call("iot.alert.rule", "write", shipped, {"enabled": True})
    admin.call("iot.alert.webhook", "unlink", [webhook])


def openssl(signed: bytes) -> bytes:
    """The signature as another program makes it."""
    command = ["openssl", "dgst", "-sha256", "-mac", "HMAC", "-macopt", f"hexkey:{KEY.hex()}", "-binary"]
    return subprocess.run(command, input=signed, capture_output=True, check=True).stdout


def test_by_mail_and_webhook_once(shop, mails, hooks):
    with within(60, "the alert is told"):
        shop.falls_silent()
        until(lambda: shop.posts(hooks) and shop.mails(mails), 120, "both are told")
    [mail] = shop.mails(mails)
    assert "operator@shop.example" in mail["To"]
    assert shop.mark in mail["Subject"]
    [(headers, body)] = shop.posts(hooks)
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    assert headers["webhook-signature"] == "v1," + base64.b64encode(openssl(signed)).decode()
    assert shop.deliveries().keys() == {"app", "email", "webhook"}
    until(lambda: {row["state"] for row in shop.deliveries().values()} == {"sent"}, 60, "all is sent")


def test_a_hundred_at_once_are_one_message(shop, mails, hooks):
    shop.falls_silent(100)
    until(lambda: shop.posts(hooks) and shop.mails(mails), 120, "both are told")
    assert {row["alert_count"] for row in shop.deliveries().values()} == {100}
    [(_headers, body)] = shop.posts(hooks)
    assert json.loads(body)["data"]["count"] == 100
    assert len(shop.mails(mails)) == 1


def test_killed_while_it_sent(stack, shop, hooks):
    """The receiver gets it a second time under the same id: it knows it for the same."""
    hooks.hold.set()
    shop.falls_silent()
    until(lambda: shop.posts(hooks), 120, "the webhook is being told")
    stack.kill_odoo()
    hooks.hold.clear()
    hooks.let_go.set()
    stack.start_odoo()
    until(lambda: len(shop.posts(hooks)) >= 2, 240, "it is sent again")
    until(lambda: shop.deliveries()["webhook"]["state"] == "sent", 60, "it is sent")
    assert len({(headers["webhook-id"], body) for headers, body in shop.posts(hooks)}) == 1


def test_a_dead_mail_server_holds_nothing_else_up(shop, mails, hooks):
    mails.refuses = True
    shop.falls_silent()
    until(lambda: shop.posts(hooks), 120, "the webhook is told")
    until(lambda: shop.deliveries()["email"]["state"] == "retrying", 120, "the mail waits for the server")
    assert shop.deliveries()["email"]["error"].startswith("The e-mail could not be sent")
    mails.refuses = False
    until(lambda: shop.deliveries()["email"]["state"] == "sent", 240, "the mail is sent")
    assert len(shop.mails(mails)) == 1
