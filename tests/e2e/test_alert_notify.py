"""Somebody is told: by mail, on the web, once, on a running server."""

from __future__ import annotations

import base64
import json
import subprocess
import uuid

import pytest

from tests.e2e.catchers import HookCatcher, MailCatcher, serving
from tests.waiting import until, within

KEY = bytes(range(32))


@pytest.fixture
def mails(admin):
    """A mail server that Odoo sends through."""
    with serving(MailCatcher()) as catcher:
        values = {"name": "Catcher", "smtp_host": "127.0.0.1", "smtp_port": catcher.port, "sequence": 1}
        server = admin.create("ir.mail_server", {**values, "smtp_encryption": "none"})
        yield catcher
        admin.call("ir.mail_server", "unlink", [server])


@pytest.fixture
def hooks():
    """A receiver of webhooks."""
    with serving(HookCatcher()) as catcher:
        yield catcher


@pytest.fixture
def told(admin, hooks, mails):
    """A rule of its own for silent devices, a policy for it, and what it tells; other policies rest meanwhile."""
    others = admin.call("iot.alert.policy", "search", [])
    admin.call("iot.alert.policy", "write", others, {"active": False})
    user = admin.call("res.users", "search", [("login", "=", "operator")])[0]
    admin.call("res.users", "write", [user], {"email": "operator@shop.example"})
    webhook = admin.create(
        "iot.alert.webhook",
        {
            "name": "Catcher",
            "url": hooks.url,
            "allow_http": True,
            "company_id": False,
            "signing_key": "whsec_" + base64.b64encode(KEY).decode(),
        },
    )
    policy = admin.create(
        "iot.alert.policy",
        {
            "name": "End to end",
            "tell_responsible": False,
            "user_ids": [(6, 0, [user])],
            "app_from": "info",
            "email_from": "info",
            "push_from": False,
            "webhook_from": "info",
            "webhook_ids": [(6, 0, [webhook])],
        },
    )
    yield policy
    admin.call("iot.alert.policy", "unlink", [policy])
    admin.call("iot.alert.webhook", "unlink", [webhook])
    admin.call("iot.alert.policy", "write", others, {"active": True})


def silent_device(stack, admin, count=1):
    """Devices that should have said something long ago; the part of their names that only they have."""
    mark = uuid.uuid4().hex[:8]
    vals = [
        {
            "name": f"{mark} {number}",
            "identifier": f"{mark}-{number}",
            "expected_interval": 5,
            "offline_after": 10,
        }
        for number in range(count)
    ]
    ids = admin.call("iot.device", "create", vals)
    stack.sql(
        "UPDATE iot_device SET presence = 'offline', last_seen = now() AT TIME ZONE 'UTC' - interval '1 hour'"
        f" WHERE id IN ({','.join(map(str, ids))})"
    )
    return mark, ids


def openssl(signed: bytes) -> bytes:
    """The signature as another program makes it."""
    command = ["openssl", "dgst", "-sha256", "-mac", "HMAC", "-macopt", f"hexkey:{KEY.hex()}", "-binary"]
    return subprocess.run(command, input=signed, capture_output=True, check=True).stdout


def deliveries(admin, mark):
    fields = ["channel", "state", "attempts", "summary", "alert_count", "error"]
    domain = [("line_ids.alert_id.source_name", "like", mark)]
    return admin.search_read("iot.alert.delivery", domain, fields)


def about(catcher, mark):
    return [json.loads(body) for _headers, body in catcher.posts if mark.encode() in body]


def test_by_mail_and_webhook_once(stack, admin, told, mails, hooks):
    with within(60, "the alert is told"):
        mark, _ids = silent_device(stack, admin)
        until(lambda: about(hooks, mark), 120, "the webhook is told")
        until(lambda: [mail for mail in mails.mails if mark in mail["Subject"]], 120, "the mail is there")
    [mail] = [mail for mail in mails.mails if mark in mail["Subject"]]
    assert "operator@shop.example" in mail["To"]
    headers, body = next(post for post in hooks.posts if mark.encode() in post[1])
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    assert headers["webhook-signature"] == "v1," + base64.b64encode(openssl(signed)).decode()
    states = {row["channel"]: row["state"] for row in deliveries(admin, mark)}
    assert states.keys() == {"app", "email", "webhook"}
    until(lambda: {row["state"] for row in deliveries(admin, mark)} == {"sent"}, 60, "all is sent")
    assert len(about(hooks, mark)) == 1


def test_a_hundred_at_once_are_one_message(stack, admin, told, mails, hooks):
    mark, ids = silent_device(stack, admin, 100)
    until(lambda: about(hooks, mark), 120, "the webhook is told")
    until(lambda: len(deliveries(admin, mark)) >= 3, 60, "there are deliveries")
    rows = deliveries(admin, mark)
    assert [row["alert_count"] for row in rows] == [len(ids)] * 3
    assert about(hooks, mark)[0]["data"]["count"] == len(ids)


def test_killed_while_it_sent(stack, admin, told, hooks):
    """The receiver gets it a second time under the same id: it knows it for the same."""
    hooks.hold.set()
    mark, _ids = silent_device(stack, admin)
    until(lambda: about(hooks, mark), 120, "the webhook is being told")
    stack.kill_odoo()
    hooks.hold.clear()
    hooks.let_go.set()
    stack.start_odoo()
    until(lambda: len(about(hooks, mark)) == 2, 300, "it is sent again")
    keys = {headers["webhook-id"] for headers, body in hooks.posts if mark.encode() in body}
    assert len(keys) == 1
    rows = [row for row in deliveries(admin, mark) if row["channel"] == "webhook"]
    assert len(rows) == 1
    until(lambda: deliveries(admin, mark)[-1]["state"] == "sent", 60, "it is sent")


def test_a_dead_mail_server_holds_nothing_else_up(stack, admin, told, mails, hooks):
    mails.refuses = True
    mark, _ids = silent_device(stack, admin)
    until(lambda: about(hooks, mark), 120, "the webhook is told")

    def email():
        return next(row for row in deliveries(admin, mark) if row["channel"] == "email")

    until(lambda: email()["state"] == "retrying", 120, "the mail waits for the server")
    assert email()["error"].startswith("The e-mail could not be sent")
    mails.refuses = False
    until(lambda: email()["state"] == "sent", 240, "the mail is sent")
    assert len([mail for mail in mails.mails if mark in mail["Subject"]]) == 1
