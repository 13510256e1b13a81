"""The configuration file, and what is said of its mistakes."""

from pathlib import Path

import pytest

from fusion_probe_agent.config import Config, ConfigError, load

EXAMPLE = Path(__file__).resolve().parents[2] / "agent" / "fusion-probe-agent.ini"
SERVER = "[server]\nurl = https://odoo.example.com/\ntoken = secret %(x)s ; all of it\n"


@pytest.fixture
def read(tmp_path):
    def read(text):
        path = tmp_path / "agent.ini"
        path.write_text(text, encoding="utf-8")
        return load(path)

    return read


def test_the_least(read):
    assert read(SERVER) == Config(url="https://odoo.example.com", token="secret %(x)s ; all of it")


def test_all_of_it(read, tmp_path):
    (tmp_path / "token").write_text("from a file\n")
    config = read(
        f"[server]\nurl=http://10.0.0.5:8069\ntoken_file={tmp_path}/token\ndatabase=shop\ntimeout=5\nbatch=100\n"
        "[probes]\npath=/x\ninterval=2.5\ntimeout=1\nfaults=no\n"
        "[store]\npath=/y/z.db\nmax_rows=500\nmax_megabytes=0.5\nmemory_rows=200\n"
        "[clock]\ntrust=system\n[log]\nlevel=debug\n"
    )
    assert config == Config(
        url="http://10.0.0.5:8069",
        token="from a file",
        database="shop",
        server_timeout=5.0,
        batch_size=100,
        bus="/x",
        interval=2.5,
        probe_timeout=1.0,
        faults=False,
        store=Path("/y/z.db"),
        max_rows=500,
        max_bytes=1 << 19,
        memory_rows=200,
        clock="system",
        log_level="debug",
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "[server] token is missing"),
        ("[server]\ntoken = x\n", "[server] url is missing"),
        ("[server]\nurl = https://a\n", "Rotate token"),
        ("[server]\nurl = a.example.com\n", "an address is like"),
        ("[server]\nurl = https://me:pw@a\n", "without user"),
        ("[server]\nurl = https://a:99999\n", "[server] url"),
        ("[server]\ntoken_file = /nowhere/token\n", "/nowhere/token"),
        (SERVER + "tokn = y\n", "Is token meant?"),
        (SERVER + "zzz = y\n", "There are: url"),
        (SERVER + "ca_file = /nowhere/ca.pem\n", "there is no such file"),
        (SERVER + "[probe]\n", "There is no section [probe]"),
        (SERVER + "[probes]\ninterval = often\n", "a number is needed"),
        (SERVER + "[probes]\ninterval = 0\n", "it can be from"),
        (SERVER + "[probes]\ninterval = nan\n", "it can be from"),
        (SERVER + "[probes]\nfaults = maybe\n", "yes or no"),
        (SERVER + "[store]\nmax_rows = 1e9\n", "a whole number"),
        (SERVER + "[log]\nlevel = all\n", "debug or info"),
        (SERVER + SERVER, "already exists"),
        ("token = x\n", "no section headers"),
    ],
)
def test_mistakes_are_told_in_words(read, text, told):
    with pytest.raises(ConfigError) as caught:
        read(text)
    assert told in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(ConfigError, match="No such file"):
        load(tmp_path / "none.ini")


def test_a_file_that_is_no_text(tmp_path):
    (tmp_path / "agent.ini").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="UTF-8"):
        load(tmp_path / "agent.ini")


def test_the_example_shows_the_defaults(read):
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    shown = [line[1:] if line.startswith(";") and line[1:2].isalpha() else line for line in lines]
    shown = [line for line in shown if line.split(" =")[0] not in ("token_file", "database", "ca_file")]
    text = "\n".join(shown).replace("token =", "token = x")
    assert read(text) == Config(url="https://odoo.example.com", token="x")
