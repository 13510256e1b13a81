"""What is sent outside any transaction: webhooks, and web push with Odoo's own means."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

from odoo.addons.mail.tools import web_push

from fusion_iot_core.notify.formats import Post

from .http_post import Outcome, send

_logger = logging.getLogger(__name__)

PUSH_S = 5.0
_TAKEN = (200, 201, 202, 204)


def attempt(job: WebhookJob | PushJob) -> Outcome:
    """What becomes of a job. One that does not even fail as it should is the trouble of its message alone."""
    try:
        return job.run()
    except Exception as error:
        _logger.exception("A message about alerts could not be sent")
        return Outcome("error", type(error).__name__)


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
            except Exception as error:  # noqa: BLE001 - a browser's keys are whatever somebody has registered
                failed.append(type(error).__name__)
        if reached:
            return Outcome(gone=tuple(gone))
        if failed:
            return Outcome("push", failed[0], gone=tuple(gone))
        return Outcome("no_browser", is_final=True, gone=tuple(gone))

    def _push(self, device_id, endpoint, keys):
        session = _Session()
        private, public = self.keys
        device = {"id": device_id, "endpoint": endpoint, "keys": keys}
        web_push.push_to_end_point(self.base_url, device, self.payload, private, public, session)
        return session.trouble


class _Session:
    """What Odoo's function posts with, in place of `requests`: an address that somebody's browser, or somebody, has
    given takes no longer than a webhook, and leads nowhere else.

    :ivar trouble: why it was not taken; empty where it was
    """

    def __init__(self):
        self.status_code, self.text, self.trouble = 0, "", ""

    def post(self, endpoint, headers, data, timeout):
        outcome = send(Post(endpoint, headers, data), True, PUSH_S, self._read)
        self.trouble = outcome.detail or outcome.reason
        return self

    def _read(self, response):
        self.status_code = response.status
        return Outcome() if response.status in _TAKEN else Outcome("push", str(response.status))
