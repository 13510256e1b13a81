"""*Test connection* in the browser: what is on the screen is tried, nothing is saved, what runs goes on."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from fusion_cli import ports
from fusion_cli.bench.browser import Browser
from fusion_cli.broker.broker import Broker
from fusion_cli.broker.configuration import HOST, Listener

PASSWORD = "correct horse"
WRONG = "battery staple"
_FORM = "document.querySelector('.o_form_view .o_fusion_try_values')"
_TYPE = """(() => {{
    const input = document.querySelector('.o_field_widget[name={name}] input');
    input.value = {value};
    input.dispatchEvent(new Event('input', {{ bubbles: true }}));
    input.dispatchEvent(new Event('change', {{ bubbles: true }}));
}})()"""
_SAID = "document.querySelector('.o_fusion_trial .alert')?.innerText"
_CLOSE = "document.querySelector('.o_fusion_trial .btn-primary').click()"


@pytest.fixture(scope="module")
def password_port(stack, tmp_path_factory) -> Iterator[int]:
    """The port of a broker that lets nobody in but ``odoo`` with its password."""
    folder = tmp_path_factory.mktemp("passwords")
    passwords = folder / "passwords"
    broker = Broker(stack.project, folder, stack.report, listeners=[Listener(passwords=passwords)])
    broker.write_passwords(passwords, {"odoo": PASSWORD})
    broker.start()
    try:
        yield broker.listener_ports[0]
    finally:
        broker.stop()


def _try(browser: Browser, **typed: object) -> str:
    """Type into the form, test, and close the dialog; what it said."""
    for name, value in typed.items():
        browser.run(_TYPE.format(name=name, value=json.dumps(str(value))))
    browser.run(f"{_FORM}.click()")
    browser.wait(_SAID, "how the test went")
    said = str(browser.run(_SAID))
    browser.run(_CLOSE)
    browser.wait("!document.querySelector('.modal')", "the form again")
    return said


def _stored(stack) -> list[list[str]]:
    """All that a test could leave behind."""
    return stack.sql(
        "SELECT to_jsonb(c), (SELECT count(*) FROM mail_message WHERE model = 'mqtt.connection'),"
        " (SELECT count(*) FROM mail_tracking_value) FROM mqtt_connection c ORDER BY id"
    )


def test_a_running_connection_is_not_touched(stack, line, password_port, browser, odoo_log):
    connection = line.connection(host=HOST, port=password_port, username="odoo", password=PASSWORD)
    before = connection.wait_for("connected")
    stored = _stored(stack)
    with odoo_log.lines() as lines:
        browser.open(f"{stack.url}/odoo/mqtt-connections/{connection.id}")
        browser.wait(_FORM, "the form of the connection")
        assert "Connected to" in _try(browser)
        assert "Nothing accepts connections" in _try(browser, port=ports.free(1)[0])
        assert "Connected to" in _try(browser, port=password_port)
        assert "password is wrong" in _try(browser, password=WRONG)
        assert not lines(PASSWORD)
        assert not lines(WRONG)
    browser.run("document.querySelector('.o_form_button_cancel').click()")
    after = connection.worker()
    assert (after.state, after.connected_since, after.error_count) == (
        "connected",
        before.connected_since,
        before.error_count,
    )
    assert _stored(stack) == stored


def test_a_new_connection_is_tried_before_it_is_saved(stack, line, password_port, browser):
    stored = _stored(stack)
    browser.open(f"{stack.url}/odoo/mqtt-connections/new")
    browser.wait(_FORM, "the form of a new connection")
    typed = {"host": HOST, "port": password_port, "username": "odoo"}
    assert "password is wrong" in _try(browser, **typed, password=WRONG)
    assert "Connected to" in _try(browser, password=PASSWORD)
    assert "Nothing accepts connections" in _try(browser, port=ports.free(1)[0])
    assert browser.run("document.querySelector('.o_field_widget[name=password] input').value") == PASSWORD
    assert _stored(stack) == stored
