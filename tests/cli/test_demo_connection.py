"""The demo's MQTT connection goes where the broker of the stack is, unless somebody gave it another one."""

import pytest

from fusion_cli.database.cluster import Cluster
from fusion_cli.report import Reporter
from fusion_cli.server import demo_connection

SCHEMA = """
create table ir_model_data (module text, name text, model text, res_id int);
create table mqtt_connection (id serial, host text, port int, enabled boolean, write_date timestamp);
insert into ir_model_data values ('fusion_iot', 'demo_mqtt_connection', 'mqtt.connection', 1);
insert into mqtt_connection (host, port, enabled) values ('127.0.0.1', 1883, false), ('127.0.0.1', 1884, false);
"""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    cluster = Cluster(tmp_path_factory.mktemp("state"), Reporter(quiet=True))
    cluster.start()
    yield cluster
    cluster.stop()


@pytest.fixture
def database(cluster):
    cluster.sql("postgres", "drop database if exists demo")
    cluster.sql("postgres", "create database demo")
    return "demo"


def connections(cluster):
    return cluster.sql("demo", "select host, port, enabled from mqtt_connection order by id")


def test_it_follows_the_broker(cluster, database):
    cluster.sql(database, SCHEMA)
    assert demo_connection.follow(cluster, database, 40001)
    assert connections(cluster) == [["127.0.0.1", "40001", "t"], ["127.0.0.1", "1884", "f"]]
    assert demo_connection.follow(cluster, database, 0)
    assert connections(cluster)[0] == ["127.0.0.1", "40001", "f"]


def test_a_broker_of_the_user_is_left_alone(cluster, database):
    cluster.sql(database, SCHEMA)
    cluster.sql(database, "update mqtt_connection set host = 'broker.example.com', enabled = true")
    assert not demo_connection.follow(cluster, database, 40001)
    assert connections(cluster)[0] == ["broker.example.com", "1883", "t"]


def test_there_may_be_none(cluster, database):
    assert not demo_connection.follow(cluster, database, 40001)
    cluster.sql(database, SCHEMA)
    cluster.sql(database, "delete from ir_model_data")
    assert not demo_connection.follow(cluster, database, 40001)
    assert connections(cluster)[0] == ["127.0.0.1", "1883", "f"]
