"""What the databases of `./fusion` have from the start: people to log in as, and no calls that nobody asked for."""

from __future__ import annotations

import pytest

from fusion_cli.web import Client
from tests.e2e.client import Rpc


@pytest.mark.parametrize(
    ("login", "may"),
    [
        ("operator", {"fusion.plating.quality.hold": "read"}),
        ("quality", {"fp.tank.sensor": "write"}),
        ("manager", {"fusion.plating.tank": "create", "mqtt.device": "create"}),
    ],
)
def test_each_login_of_the_banner_works(stack, login, may):
    assert stack.demo_logins == ["operator", "quality", "manager"]
    rpc = Rpc(stack.url, stack.database, login, login)
    for model, operation in may.items():
        assert rpc.call(model, "has_access", [], operation), (model, operation)


def test_nothing_calls_the_vendor_of_odoo_by_itself(stack):
    user = {"db": stack.database, "login": stack.login, "password": stack.password}
    session = Client(stack.url).call("/web/session/authenticate", user)
    assert session["iap_company_enrich"] is False
    statistics = (
        "select active from ir_cron where id = (select res_id from ir_model_data "
        "where module = 'mail' and name = 'ir_cron_module_update_notification')"
    )
    assert stack.sql(statistics) == [["f"]]
