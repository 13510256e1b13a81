"""Where the web server listens, and the address that Odoo puts into links."""

import socket

import pytest

from fusion_cli import ports
from fusion_cli.database.cluster import Cluster
from fusion_cli.problem import Problem
from fusion_cli.report import Reporter
from fusion_cli.server import base_url, network

LOCAL, TABLET = "http://127.0.0.1:8069", "http://192.168.1.10:8069"


def test_how_a_server_is_reached():
    assert (network.local("127.0.0.1"), network.reachable("127.0.0.1")) == ("127.0.0.1", [])
    assert (network.local("192.168.1.10"), network.reachable("192.168.1.10")) == (
        "192.168.1.10",
        ["192.168.1.10"],
    )
    assert network.local(network.EVERYWHERE) == "127.0.0.1"
    for address in network.reachable(network.EVERYWHERE):
        assert not address.startswith("127.")
        network.check(address)


def test_an_address_of_another_machine():
    with pytest.raises(Problem, match="not an address of this machine"):
        network.check("192.0.2.99")


def test_a_port_is_free_at_one_address_and_taken_at_another(tmp_path):
    with socket.create_server(("127.0.0.3", 0)) as taken:
        port = taken.getsockname()[1]
        assert ports.is_free(port)
        assert not ports.is_free(port, "127.0.0.3")
        assert not ports.is_free(port, network.EVERYWHERE)
        with pytest.raises(Problem, match="taken"):
            ports.choose(port, tmp_path / "port", "127.0.0.3")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    cluster = Cluster(tmp_path_factory.mktemp("state"), Reporter(quiet=True))
    cluster.start()
    cluster.sql("postgres", "create database base_url")
    cluster.sql(
        "base_url",
        "create table ir_config_parameter (id serial, key text unique, value text, create_uid int, write_uid int, "
        "create_date timestamp, write_date timestamp)",
    )
    yield cluster
    cluster.stop()


@pytest.fixture
def parameters(cluster):
    """A function that sets the parameters, or tells them."""

    def use(**values):
        for key, value in values.items():
            cluster.sql(
                "base_url",
                f"insert into ir_config_parameter (key, value) values ('web.base.{key}', '{value}')",
            )
        rows = cluster.sql("base_url", "select key, value from ir_config_parameter order by key")
        return [value for _key, value in rows]

    yield use
    cluster.sql("base_url", "delete from ir_config_parameter")


def follow(cluster, url, *, keep=False):
    base_url.follow(cluster, "base_url", url, keep=keep)


def test_links_lead_to_where_the_server_listens(cluster, parameters):
    parameters(url="http://localhost:8070")
    follow(cluster, TABLET, keep=True)
    assert parameters() == [TABLET, base_url.OURS]
    follow(cluster, TABLET, keep=True)
    assert parameters() == [TABLET, base_url.OURS]
    follow(cluster, LOCAL)
    assert parameters() == [LOCAL]


def test_an_address_that_a_person_entered_stays(cluster, parameters):
    parameters(url="https://shop.example.com")
    follow(cluster, TABLET, keep=True)
    follow(cluster, LOCAL)
    assert parameters() == ["https://shop.example.com"]


def test_one_that_a_person_froze_stays(cluster, parameters):
    parameters(**{"url": "http://10.0.0.1:80", "url.freeze": "True"})
    follow(cluster, TABLET, keep=True)
    follow(cluster, LOCAL)
    assert parameters() == ["http://10.0.0.1:80", "True"]
