"""What is sent outside any transaction: webhooks, and web push with Odoo's own means."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

import requests
from odoo.addons.mail.tools import web_push

from fusion_iot_core.notify.formats import Post

from .http_post import Outcome, send

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class WebhookJob:
    """One attempt to tell a webhook.

    :ivar attempt: which one it is; the outcome of an earlier one counts no more
    """

    delivery_id: int
    attempt: int
    post: Post = field(repr=False)
    allow_http: bool = False

    def run(self) -> Outcome:
        """Send it."""
        return send(self.post, self.allow_http)


@dataclass(frozen=True, slots=True)
class PushJob:
    """One attempt to tell the browsers of a person.

    :ivar devices: id, endpoint and keys of each `mail.push.device`
    :ivar keys: the private and the public key of this server (VAPID)
    """

    delivery_id: int
    attempt: int
    devices: tuple[tuple[int, str, str], ...] = field(repr=False)
    payload: str = field(repr=False)
    keys: tuple[str, str] = field(repr=False)
    base_url: str = ""

    def run(self) -> Outcome:
        """Send it to each. One that takes it is enough: that is where the person is."""
        gone, reached, failed = [], 0, []
        for device_id, endpoint, keys in self.devices:
            try:
                if trouble := self._push(device_id, endpoint, keys):
                    failed.append(trouble)
                else:
                    reached += 1
            except web_push.DeviceUnreachableError:
                gone.append(device_id)
            except (OSError, ValueError, TypeError) as error:
                failed.append(type(error).__name__)
        if reached:
            return Outcome(gone=tuple(gone))
        if failed:
            return Outcome("push", failed[0], gone=tuple(gone))
        return Outcome("no_browser", is_final=True, gone=tuple(gone))

    def _push(self, device_id, endpoint, keys):
        session = _Watched()
        private, public = self.keys
        device = {"id": device_id, "endpoint": endpoint, "keys": keys}
        web_push.push_to_end_point(self.base_url, device, self.payload, private, public, session)
        return "" if session.status in (200, 201, 202, 204) else str(session.status)


class _Watched(requests.Session):
    """Odoo's function tells nobody what the push service answered; this keeps it."""

    def __init__(self):
        super().__init__()
        self.status = 0

    def send(self, request, **options):
        response = super().send(request, **{**options, "allow_redirects": False})
        self.status = response.status_code
        return response
