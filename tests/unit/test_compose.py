"""The files for production: closed, without secrets, in step with each other and with the addons.

That they are valid (compose schema, names of Odoo's options) is a check of its own in `./fusion test`.
"""

import configparser
from pathlib import Path

import pytest
import yaml

from fusion_cli.broker import configuration

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = ROOT / "docker-compose.yml"
ADDONS = sorted(path.parent.name for path in ROOT.glob("*/__manifest__.py"))


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def conf():
    parser = configparser.RawConfigParser()
    parser.read(ROOT / "odoo.conf", encoding="utf-8")
    return parser


@pytest.fixture(scope="module")
def settings():
    text = (ROOT / "mosquitto.conf").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return dict(line.split(" ", 1) for line in lines)


class TestCompose:
    def test_every_addon_is_mounted_read_only(self, compose):
        mounts = compose["services"]["odoo"]["volumes"]
        assert ADDONS
        for addon in ADDONS:
            assert f"./{addon}:/mnt/extra-addons/{addon}:ro" in mounts
        assert "./odoo.conf:/etc/odoo/odoo.conf:ro" in mounts

    def test_the_files_that_are_mounted_exist(self, compose):
        for service in compose["services"].values():
            for mount in service["volumes"]:
                source = mount.split(":")[0]
                assert (ROOT / source).exists() if source.startswith(".") else source in compose["volumes"]

    def test_what_is_published_is_so_only_on_the_loopback_address(self, compose):
        assert "ports" not in compose["services"]["db"]
        ports = compose["services"]["odoo"]["ports"]
        assert [port.startswith("127.0.0.1:") for port in ports] == [True, True]
        assert compose["services"]["mqtt"]["ports"] == ["${MQTT_ADDRESS:-127.0.0.1}:${MQTT_PORT:-1883}:1883"]
        example = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
        assert "MQTT_ADDRESS=127.0.0.1" in example

    def test_every_service_comes_back_by_itself_and_tells_its_health(self, compose):
        for service in compose["services"].values():
            assert service["restart"] == "unless-stopped"
            assert service["healthcheck"]["test"]
        assert compose["services"]["odoo"]["depends_on"]["db"]["condition"] == "service_healthy"

    def test_secrets_come_from_the_environment_only(self, compose):
        secrets = {
            value
            for service in compose["services"].values()
            for name, value in service.get("environment", {}).items()
            if "PASSWORD" in name
        }
        assert secrets == {"${POSTGRES_PASSWORD:?set it in .env}"}
        example = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
        assert "POSTGRES_PASSWORD=" in example
        assert ".env" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()

    def test_images_are_pinned_and_the_mqtt_client_is_the_one_that_is_tested(self, compose):
        images = {name: service["image"] for name, service in compose["services"].items()}
        assert images["mqtt"] == "eclipse-mosquitto:2.0.22"
        assert images["db"] == "postgres:16"
        recipe = compose["services"]["odoo"]["build"]["dockerfile_inline"]
        images = [line for line in recipe.splitlines() if line.startswith("FROM ")]
        assert images == ["FROM odoo:19 AS core", "FROM odoo:19"]
        assert "COPY requirements.txt /tmp/requirements.txt\n" in recipe
        assert " --require-hashes -r /tmp/requirements.txt\n" in recipe
        _comment, pin = (ROOT / "requirements.txt").read_text(encoding="utf-8").split("\n", 1)
        assert pin.startswith("paho-mqtt==")
        assert pin in (ROOT / "fusion_cli" / "requirements" / "odoo.txt").read_text(encoding="utf-8")

    def test_the_image_has_the_core_built_from_this_checkout(self, compose):
        """By the pinned tools, without anything else from outside."""
        build, image = compose["services"]["odoo"]["build"]["dockerfile_inline"].split("\n\n")
        copied = [line.split()[1] for line in build.splitlines() if line.startswith("COPY ")]
        assert copied == ["fusion_cli/requirements/build.txt", "core"]
        assert all((ROOT / source).exists() for source in copied)
        assert "--require-hashes -r /tmp/build.txt" in build
        assert (
            "pip wheel --no-index --no-deps --no-build-isolation --wheel-dir /tmp/wheels /tmp/core" in build
        )
        assert "COPY --from=core /tmp/wheels /tmp/wheels\n" in image
        assert "--no-index --no-deps /tmp/wheels/*.whl\n" in image
        tools = (ROOT / "fusion_cli" / "requirements" / "build.txt").read_text(encoding="utf-8")
        assert "\nsetuptools==" in tools


class TestOdooConf:
    def test_it_is_closed(self, conf):
        options = conf["options"]
        assert options.getboolean("list_db") is False
        assert options.getboolean("proxy_mode") is True
        assert options["db_name"]
        assert not {"admin_passwd", "db_password"} & set(options)
        assert "with_demo" not in options

    def test_the_runtime_and_the_answers_to_devices_need_no_database(self, conf):
        modules = conf["options"]["server_wide_modules"].split(",")
        assert modules == ["base", "rpc", "web", "fusion_iot_base", "fusion_iot"]

    def test_the_connections_fit_into_postgresql(self, conf):
        options = conf["options"]
        processes = options.getint("workers") + options.getint("max_cron_threads") + 1
        assert processes * options.getint("db_maxconn") + options.getint("db_maxconn_gevent") + 2 < 97

    def test_the_limits_are_in_order(self, conf):
        options = conf["options"]
        assert options.getint("workers") >= 2
        assert options.getint("limit_memory_soft") < options.getint("limit_memory_hard")
        assert options.getint("limit_time_cpu") <= options.getint("limit_time_real")

    def test_compose_and_odoo_conf_agree(self, conf, compose):
        options = conf["options"]
        odoo = compose["services"]["odoo"]
        assert options["addons_path"] == "/mnt/extra-addons"
        assert f"odoo-data:{options['data_dir']}" in odoo["volumes"]
        inside = [port.rpartition(":")[2] for port in odoo["ports"]]
        assert inside == [options["http_port"], options["gevent_port"]]
        assert not {"db_host", "db_user", "http_interface"} & set(options)


class TestMosquittoConf:
    def test_it_is_closed(self, settings):
        assert settings["allow_anonymous"] == "false"
        assert settings["password_file"] == settings["persistence_location"] + "passwords"

    def test_it_keeps_messages_as_the_broker_of_fusion_run_does(self, settings):
        assert configuration.SETTINGS.items() <= settings.items()

    def test_its_log_is_as_long(self):
        lines = (ROOT / "mosquitto.conf").read_text(encoding="utf-8").splitlines()
        found = [line.removeprefix("log_type ") for line in lines if line.startswith("log_type ")]
        assert tuple(found) == configuration.LOG_TYPES

    def test_compose_agrees(self, settings, compose):
        mqtt = compose["services"]["mqtt"]
        assert f"mqtt-data:{settings['persistence_location'].rstrip('/')}" in mqtt["volumes"]
        assert "./mosquitto.conf:/mosquitto/config/mosquitto.conf:ro" in mqtt["volumes"]
        assert mqtt["ports"][0].endswith(":" + settings["listener"])
