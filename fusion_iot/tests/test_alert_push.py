import base64
import json
import os
from unittest.mock import patch

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from odoo.addons.mail.tools.jwt import generate_vapid_keys
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..runtime.notify import jobs
from ..runtime.notify.jobs import PushJob
from .alert_notify_common import SenderCase
from .http_catcher import HttpCatcher


@tagged("post_install", "-at_install")
class TestAlertPush(SenderCase):
    """Web push with Odoo's own means, to a push service on this machine."""

    def setUp(self):
        super().setUp()
        self.catcher = HttpCatcher()
        self.addCleanup(self.catcher.close)
        private, public = generate_vapid_keys()
        params = self.env["ir.config_parameter"].sudo()
        params.set_param("mail.web_push_vapid_private_key", private)
        params.set_param("mail.web_push_vapid_public_key", public)
        self.browser = ec.generate_private_key(ec.SECP256R1())
        self.auth = os.urandom(16)

    def register(self, path="/push/1"):
        point = self.browser.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        keys = {"p256dh": _text(point), "auth": _text(self.auth)}
        return self.env["mail.push.device"].create(
            {
                "partner_id": self.worker.partner_id.id,
                "endpoint": self.catcher.url + path,
                "keys": json.dumps(keys),
            }
        )

    def decrypted(self, body):
        """What the browser reads (RFC 8291)."""
        salt, length = body[:16], body[20]
        sender, sealed = body[21 : 21 + length], body[21 + length :]
        point = self.browser.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        shared = self.browser.exchange(
            ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender)
        )
        secret = _hkdf(32, self.auth, b"WebPush: info\0" + point + sender, shared)
        key = _hkdf(16, salt, b"Content-Encoding: aes128gcm\0", secret)
        nonce = _hkdf(12, salt, b"Content-Encoding: nonce\0", secret)
        return json.loads(AESGCM(key).decrypt(nonce, sealed, None).rstrip(b"\0")[:-1])

    def tell(self):
        self.policy(push_from="warning")
        alert = self.alert(self.device("Kiln"))
        self.plan()
        return alert

    def test_it_arrives(self):
        self.register()
        alert = self.tell()
        self.catcher.answers.append((201, {}, b""))
        self.run_jobs()
        [(_method, path, headers, body)] = self.catcher.requests
        self.assertEqual((path, headers["Content-Encoding"]), ("/push/1", "aes128gcm"))
        said = self.decrypted(body)
        self.assertIn("Kiln", said["title"])
        self.assertEqual(said["options"]["data"], {"model": "iot.alert", "res_id": alert.id})
        self.assertEqual(self.told().state, "sent")

    @mute_logger("odoo.addons.mail.tools.web_push")
    def test_a_browser_that_is_gone(self):
        device = self.register()
        self.tell()
        self.catcher.answers.append((410, {}, b""))
        self.run_jobs()
        self.assertFalse(device.exists())
        self.assertEqual(self.told().state, "failed")

    @mute_logger("odoo.addons.mail.tools.web_push")
    def test_a_service_that_is_busy(self):
        self.register()
        self.tell()
        self.catcher.answers.append((503, {}, b""))
        self.run_jobs()
        self.assertEqual(
            (self.told().state, self.told().error), ("retrying", "The push service did not take it: 503")
        )

    @mute_logger("odoo.addons.mail.tools.web_push")
    def test_nobody_is_sent_elsewhere(self):
        self.register()
        self.tell()
        self.catcher.answers.append((307, {"Location": f"{self.catcher.url}/other"}, b""))
        self.run_jobs()
        self.assertEqual(len(self.catcher.requests), 1)
        self.assertEqual(self.told().state, "retrying")

    def test_whoever_has_left(self):
        self.register()
        self.tell()
        self.worker.active = False
        self.assertFalse(self.run_jobs())
        self.assertEqual(self.told().state, "skipped")

    def test_whoever_has_none_turned_on(self):
        self.tell()
        self.assertFalse(self.run_jobs())
        self.assertEqual(self.told().state, "skipped")

    @mute_logger("odoo.addons.mail.tools.web_push")
    def test_keys_that_are_none(self):
        """Anybody can register what no browser would."""
        bad = ('["no keys"]', '"x"', "{}", '{"p256dh": 1, "auth": 2}', "no JSON")
        for number, keys in enumerate(bad):
            self.register(f"/push/{number}").keys = keys
        self.tell()
        self.run_jobs()
        self.assertEqual(self.told().state, "retrying")
        self.assertFalse(self.catcher.requests)

    @mute_logger("odoo.addons.mail.tools.web_push")
    def test_a_service_that_never_ends(self):
        self.register()
        self.tell()
        self.catcher.answers.append(("slow", {}, b""))
        with patch.object(jobs, "PUSH_S", 0.5):
            self.run_jobs()
        self.assertEqual(
            (self.told().state, self.told().error), ("retrying", "The push service did not take it: timeout")
        )

    @mute_logger("odoo.addons.mail.tools.web_push")
    def test_one_of_two_is_enough(self):
        self.register()
        self.register("/push/2")
        self.tell()
        self.catcher.answers += [(500, {}, b""), (201, {}, b"")]
        [job] = self.run_jobs()
        self.assertIsInstance(job, PushJob)
        self.assertEqual(self.told().state, "sent")


def _text(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _hkdf(length, salt, info, secret):
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=salt, info=info).derive(secret)
