"""What people write of devices, connections and boxes. What these say of themselves is not among it."""

from odoo.addons.fusion_base.tests.people import NOBODY, Written, fresh

MANAGER = "fusion_iot.group_iot_manager"
USER = "fusion_iot.group_iot_user"
RULE = "sequence path quantity unit scale offset value_map channel serial_path"

WRITTEN = {
    "iot.device": Written(
        MANAGER,
        "name identifier kind manufacturer model expected_interval offline_after company_id note active display_url"
        " keyboard_layout_id operator_group_ids",
    ),
    "iot.device.switch": Written(MANAGER, "sequence name relay", once="device_id"),
    "iot.box": Written(
        MANAGER,
        "name active company_id drivers_auto_update fixed_address forward_log note",
        create=NOBODY,
    ),
    "iot.credential": Written(
        MANAGER, "name company_id scope device_ids serials expires_at rate_limit networks note"
    ),
    "mqtt.connection": Written(
        MANAGER,
        "name active enabled company_id note host port username client_id keepalive protocol_version clean_session"
        " session_expiry inflight_window batch_size flush_interval discovery discovery_filter log_level"
        " log_keep_count log_keep_days log_keep_mib topic_rate device_rate connection_rate"
        " tls ca_certificate client_certificate tls_insecure",
        more=(("base.group_system", "password client_key"),),
    ),
    "mqtt.device": Written(
        MANAGER,
        "device_id connection_id template_id topic_pattern parser_type timezone time_path",
        once="iot_device_id",
    ),
    "mqtt.device.rule": Written(MANAGER, f"device_id {RULE}"),
    "mqtt.device.template": Written(
        MANAGER,
        "name sequence active parser_type topic_pattern expected_interval offline_after kind manufacturer model"
        " channel_prefix hint",
    ),
    "mqtt.device.template.rule": Written(MANAGER, f"template_id {RULE}"),
    "mqtt.discovery": Written(MANAGER, "ignored", create=NOBODY),
    "iot.alert": Written(USER, "responsible_id note cause_id remedy_id", create=NOBODY),
    "iot.alert.rule": Written(
        MANAGER,
        "name sequence active enabled alert_type severity on_delay off_delay latch reopen_within escalate_after"
        " has_limit_min has_limit_max limit_min limit_max deadband after rate source_domain schedule hours_from"
        " hours_to monday tuesday wednesday thursday friday saturday sunday company_id note",
    ),
    "iot.alert.rule.exception": Written(
        MANAGER,
        "rule_id res_id out_of_service severity other_limits has_limit_min has_limit_max limit_min limit_max reason",
    ),
    "iot.alert.cause": Written(MANAGER, "name sequence active"),
    "iot.alert.remedy": Written(MANAGER, "name sequence active"),
    "iot.alert.policy": Written(
        MANAGER,
        "name sequence active company_id tell_responsible rule_ids app_from email_from push_from webhook_from"
        " webhook_ids again_after tell_resolved user_ids group_ids shift_ids",
    ),
    "iot.alert.policy.level": Written(MANAGER, "after user_ids group_ids shift_ids", once="policy_id"),
    "iot.alert.shift": Written(
        MANAGER,
        "name sequence company_id monday tuesday wednesday thursday friday saturday sunday start end tz user_ids",
    ),
    "iot.alert.webhook": Written(
        MANAGER, "name active company_id format url url_key allow_http token chat signing_key lang tz"
    ),
    "iot.alert.response": Written(
        MANAGER,
        "sequence active event kind user_id instruction email_to webhook_id switch_id switch_to",
        once="rule_id",
    ),
}


def connection(env):
    """A new connection that is not started."""
    return env["mqtt.connection"].create({"name": "Walked", "host": "walked.example"})


def device_values(env):
    """What an MQTT device is made of."""
    return {
        "name": "Walked",
        "device_id": fresh(),
        "connection_id": connection(env).id,
        "topic_pattern": "walked/#",
    }


def template_values(env):
    """What a template is made of."""
    return {"name": "Walked", "parser_type": "detect", "topic_pattern": "walked/{device}/#"}


VALUES = {
    "iot.device": lambda env: {"name": "Walked", "identifier": fresh()},
    "iot.device.switch": lambda env: {
        "name": "Walked",
        "device_id": env["iot.device"].create({"name": "Walked", "identifier": fresh()}).id,
    },
    "iot.box": lambda env: {"name": "Walked", "identifier": fresh()},
    "iot.credential": lambda env: {"name": "Walked", "company_id": env.company.id},
    "mqtt.connection": lambda env: {"name": "Walked", "host": "walked.example"},
    "mqtt.device": device_values,
    "mqtt.device.rule": lambda env: {"device_id": env["mqtt.device"].create(device_values(env)).id},
    "mqtt.device.template": template_values,
    "mqtt.device.template.rule": lambda env: {
        "template_id": env["mqtt.device.template"].create(template_values(env)).id
    },
    "iot.alert": lambda env: {
        "rule_id": env.ref("fusion_iot.alert_rule_device_offline").id,
        "alert_type": "device_offline",
        "severity": "warning",
        "status": "active",
        "phase": "active",
        "res_model": "iot.device",
        "res_id": env["iot.device"].create({"name": "Walked", "identifier": fresh()}).id,
        "source_name": "Walked",
    },
    "iot.alert.rule": lambda env: {"name": "Walked", "alert_type": "device_offline"},
    "iot.alert.rule.exception": lambda env: {
        "rule_id": env["iot.alert.rule"].create({"name": "Walked", "alert_type": "device_offline"}).id,
        "res_id": env["iot.device"].create({"name": "Walked", "identifier": fresh()}).id,
        "reason": "Walked",
    },
    "iot.alert.cause": lambda env: {"name": "Walked"},
    "iot.alert.remedy": lambda env: {"name": "Walked"},
    "iot.alert.policy": lambda env: {"name": "Walked"},
    "iot.alert.policy.level": lambda env: {
        "policy_id": env["iot.alert.policy"].create({"name": "Walked"}).id,
        "after": 5,
    },
    "iot.alert.shift": lambda env: {"name": "Walked"},
    "iot.alert.webhook": lambda env: {"name": "Walked", "url": "https://walked.example/x"},
    "iot.alert.response": lambda env: {
        "rule_id": env["iot.alert.rule"].search([], limit=1).id,
        "instruction": "Walked",
    },
    "mqtt.discovery": lambda env: {
        "connection_id": connection(env).id,
        "device": "walked",
        "parser": "tasmota",
    },
}
