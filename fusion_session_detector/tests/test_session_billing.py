from odoo.tests import BaseCase, tagged

from ..engine.billing import Rates, bill
from .session_common import SessionCase


@tagged("post_install", "-at_install")
class TestBill(BaseCase):
    def test_to_the_second(self):
        units = bill(Rates(working_h=30, standby_h=6, kwh=0.4), 600, 1800, 2.5)
        self.assertEqual(units, (600 / 3600, 0.5, 2.5, 17.0))

    def test_begun_units_in_full(self):
        rates = Rates(working_h=30, standby_h=6, rounding_min=15)
        self.assertEqual(bill(rates, 0, 900, 0)[:2], (0.0, 0.25), "a full one is not begun anew")
        self.assertEqual(bill(rates, 1, 901, 0)[:2], (0.25, 0.5))
        self.assertEqual(bill(rates, 0, 899.9999999 + 1e-7, 0)[1], 0.25)

    def test_no_amount_is_without_an_end(self):
        rates = Rates(working_h=1e9, standby_h=1e9, kwh=1e9, minimum=1e9, decimals=3)
        self.assertEqual(bill(rates, 1e10, 1e10, 1e12).amount, 1e15)

    def test_minimum_and_currency(self):
        self.assertEqual(bill(Rates(working_h=30, minimum=5), 0, 60, 0).amount, 5.0)
        self.assertEqual(bill(Rates(working_h=1, decimals=0), 0, 1800, 0).amount, 1.0)
        self.assertEqual(bill(Rates(kwh=1), 0, 0, 0.125).amount, 0.13, "halves are rounded up, as people do")


@tagged("post_install", "-at_install")
class TestSessionBilling(SessionCase):
    def test_a_session_costs_what_the_machine_costs_when_it_ends(self):
        self.device.write(
            {"rate_working_h": 60, "rate_standby_h": 12, "rate_kwh": 0.5, "billing_rounding_min": 1}
        )
        self.draw((0, 60), (30, 360), (120, 0))
        session = self.sessions()
        self.assertFalse(session.amount, "it is not over")
        self.device.rate_working_h = 120
        self.draw((140, 0))
        session = self.sessions()
        self.assertAlmostEqual(session.working_units, 2 / 60)
        self.assertAlmostEqual(session.standby_units, 1 / 60)
        self.assertAlmostEqual(session.energy_units, (30 * 60 + 90 * 360) / 3.6e6)
        self.assertEqual(session.amount, 4.2)
        self.assertEqual(session.currency_id, self.env.company.currency_id)
        self.device.rate_working_h = 1
        self.assertEqual(self.sessions().amount, 4.2, "later rates are for later sessions")

    def test_the_currency_is_the_companys(self):
        company = self.env["res.company"].create(
            {"name": "Elsewhere", "currency_id": self.env.ref("base.JPY").id}
        )
        self.device.write({"company_id": company.id, "rate_working_h": 100})
        self.draw((0, 360), (36, 0), (60, 0))
        session = self.sessions()
        self.assertEqual(
            (session.company_id, session.currency_id.name, session.amount), (company, "JPY", 1.0)
        )

    def test_what_the_analysis_adds_up(self):
        """With the sessions that run there is one currency; sums over several are converted."""
        self.device.rate_working_h = 60
        self.draw((0, 360), (60, 360), (120, 0), (140, 0), (200, 360), (210, 360))
        self.assertEqual(self.sessions().mapped("status"), ["completed", "running"])
        domain = [("device_id", "=", self.device.id)]
        Sessions = self.env["mqtt.session"]
        [[currencies, amount]] = Sessions._read_group(
            domain, [], ["currency_id:array_agg_distinct", "amount:sum_currency"]
        )
        self.assertEqual(
            currencies, self.env.company.currency_id.ids, "else the web client shows a question mark"
        )
        self.assertEqual(amount, 2.0)
        other = self.env["res.currency"].create(
            {"name": "XTS", "symbol": "x", "rate_ids": [(0, 0, {"rate": 4.0})]}
        )
        company = self.env["res.company"].create({"name": "Elsewhere", "currency_id": other.id})
        device = self.make_device("lathe", company_id=company.id, rate_working_h=240)
        self.draw((0, 360), (60, 360), (120, 0), (140, 0), device=device)
        [[amount]] = Sessions._read_group(
            [("device_id", "in", (self.device + device).ids)], [], ["amount:sum_currency"]
        )
        self.assertEqual(amount, 4.0, "8 of the one are 2 of the other")

    def test_the_name_of_a_session_carries_no_clock(self):
        self.draw((0, 60), (30, 60))
        session = self.sessions()
        self.assertEqual(session.display_name, f"Saw #{session.id}")
