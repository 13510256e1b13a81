"""What a server answers to the stock IoT Box.

The client is `iot_drivers` of Odoo 19 Community. It names itself by a serial number
(`tools/helpers.get_identifier`) and keeps what it was paired with in the section ``iot.box`` of its odoo.conf.
Everything below was read there.

From the box, over HTTP. With ``db_name`` in its configuration it adds the header X-Odoo-Database (`__init__.py`).

``POST /iot/setup`` (`main.Manager._send_all_devices`)
    JSON ``{"params": {"iot_box": {identifier, mac, ip, token, version}, "devices": {identifier: {name, type,
    manufacturer, connection, subtype}}}}`` at its start and whenever a device, its address or its version changes;
    always with the token it was paired with. ``result`` of the answer is the websocket channel. On a status other
    than 2xx it tries five times.
``POST /iot/get_handlers`` (`tools/helpers.download_iot_handlers`)
    Form ``identifier``, ``auto`` (False: somebody asked for it on its page), If-None-Match without quotes. 304 or
    an empty body: nothing new. Else a zip: *all* handlers it has are deleted and the zip is unpacked in their
    place, so the stock ones must be in it too. Its ETag is kept.
``POST /iot/box/send_websocket`` (`websocket_client.send_to_controller`, `event_manager.EventManager.device_changed`)
    JSON ``{"params": {iot_box_identifier, device_identifier, session_id, status, result, …}}``: the answer to a
    message, or an event of a device. An event carries ``owner``, the session of the latest action, in place of a
    session.
``POST /iot/box/webrtc_answer`` (the same)
    JSON ``{"params": {iot_box_identifier, answer}}`` after a ``webrtc_offer``.
``POST /iot/box/update_certificate_status`` (`tools/certificate.inform_database`)
    JSON ``{"params": {identifier, ssl_certificate_end_date}}`` at its start and at midnight.
``GET /iot/box/<identifier>/display_url`` (`DisplayDriver.get_url_from_db`)
    The answer is a JSON object: page by display.
``POST /iot/keyboard_layouts`` (`KeyboardUSBDriver.send_layouts_list`)
    Form ``available_layouts``: JSON list of {name, layout, variant}, and not a word about which box it is.
``POST /iot/log`` (`server_logger.AsyncHTTPHandler`)
    Lines ``identifier <serial>`` and then ``<level>,<text>``, each ended by ``<log/>`` and a line feed; sent in
    chunks, up to twice a second.
``POST /web/webclient/version_info`` (`tools/upgrade.get_db_branch`)
    Odoo's own: which branch the code of the box is to be of.

To the box, over Odoo's websocket (`websocket_client.WebsocketClient`). With ``db_name`` it first fetches a session
from /web/login?db=…. It subscribes with ``{"channels": [channel], "last": id, "identifier": serial}`` and connects
again ten seconds after a loss, with the same channel. It follows a message only if its serial is in
``iot_identifiers``:

``iot_action``
    ``device_identifiers``, ``session_id``, ``action``, ``action_unique_id`` (an action is done once) and the keys
    of the action. Answered by send_websocket: ``status`` success, error or, where it has no such device,
    disconnected.
``test_connection``, ``restart_odoo``
    ``session_id``. Answered with the box itself as the device. For the former it pings its router and www.odoo.com.
``server_update``
    ``server_url``: requests go there from now on, and the websocket after its next restart.
``server_clear``
    It forgets the server and restarts. Ignored in the first five seconds of a connection.
``webrtc_offer``, ``remote_debug``, ``bundle_changed``
    Never sent by this addon.

What is pasted on its page is ``<address>?token=…&db_uuid=…&enterprise_code=…&db_name=…``; the three names must be
there (`controllers/homepage.connect_to_odoo_server`, `tools/helpers.parse_url`, `save_conf_server`).
"""

from . import box_events, box_files, box_log, box_setup, measurements
