"""Machines that have some of what the command needs already: in part, too old, broken, under another name."""

import hashlib
import os
import shutil
import subprocess
from types import SimpleNamespace

import pytest

from fusion_cli.checks import browser
from fusion_cli.database import postgresql
from fusion_cli.database.cluster import Cluster
from fusion_cli.problem import Problem
from fusion_cli.process import output_of
from fusion_cli.report import Reporter
from fusion_cli.tools import apt_download, interpreter, mosquitto, odoo_source, system_packages
from fusion_cli.tools.apt_download import MachineApt
from fusion_cli.tools.apt_sources import AptSource

QUIET = Reporter(quiet=True)
TOOLS = ("apt-get", "dpkg", "dpkg-deb", "dpkg-query", "setpriv", "sh", "tar", "dirname", "readlink", "env")
EXACT = "libmosquitto1 (= 2.0.11)"
PACKAGES = {
    "mosquitto": f"Version: 2.0.11\nDepends: libcjson1 (>= 1.7), {EXACT}\nConflicts: rival\n",
    "mosquitto-clients": f"Version: 2.0.11\nSource: mosquitto\nDepends: {EXACT}\n",
    "libmosquitto1": "Version: 2.0.11\nSource: mosquitto\nDepends: base\n",
    "libcjson1": "Version: 1.7.15\nSource: cjson\n",
    "base": "Version: 1\n",
}
"""The Debian of these tests."""
PROGRAMS = {
    "mosquitto": ("usr/sbin/mosquitto", "usr/bin/mosquitto_passwd"),
    "mosquitto-clients": ("usr/bin/mosquitto_pub", "usr/bin/mosquitto_sub"),
}


def script(path, *lines):
    """A program of a few lines of shell."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    path.chmod(0o755)


def says(path, version="2.0.11"):
    """A program that tells its name and version and, as Mosquitto's do, ends with a code."""
    script(path, f"echo '{path.name} version {version}'", "exit 3")


def stanza(name, fields, status="install ok installed"):
    return f"Package: {name}\nStatus: {status}\nArchitecture: all\nMaintainer: me\nDescription: x\n{fields}\n"


def have(*names, **others):
    """The part of a machine's dpkg status that says that it has these, and `others` with fields of their own."""
    fields = {name: PACKAGES[name] for name in names} | others
    return "".join(stanza(name, text) for name, text in fields.items())


class Machine:
    """A machine with a Debian of five packages, known to the real apt and dpkg."""

    def __init__(self, folder, archive, monkeypatch):
        self.folder = folder
        self.bin = folder / "bin"
        self.bin.mkdir(parents=True)
        for name in TOOLS:
            (self.bin / name).symlink_to(shutil.which(name))
        self.source = AptSource((f"file:{archive}",), ("own",), ("main",), {"Trusted": "yes"})
        (folder / "parts").mkdir()
        (folder / "parts" / "own.sources").write_text(self.source.stanza(["own"]))
        for name in ("lists/partial", "cache/archives/partial", "dpkg/info", "dpkg/updates"):
            (folder / name).mkdir(parents=True)
        self.configure()
        self.has("")
        monkeypatch.setenv("PATH", str(self.bin))
        monkeypatch.setenv("APT_CONFIG", str(folder / "apt.conf"))
        monkeypatch.setenv("DPKG_ADMINDIR", str(folder / "dpkg"))
        monkeypatch.setattr(mosquitto, "BESIDE_PATH", ())
        monkeypatch.setattr(apt_download, "os_release", lambda: {"ID": "debian", "VERSION_CODENAME": "own"})
        monkeypatch.setattr(apt_download, "read_sources", lambda folder: [self.source])
        self.project = SimpleNamespace(state=folder / "state", log=folder / "log")

    def configure(self, *further):
        lines = [
            'Dir::Etc::sourcelist "/dev/null";',
            f'Dir::Etc::sourceparts "{self.folder}/parts";',
            f'Dir::State::lists "{self.folder}/lists";',
            f'Dir::State::status "{self.folder}/dpkg/status";',
            f'Dir::Cache "{self.folder}/cache";',
            'APT::Update::Pre-Invoke ""; APT::Update::Post-Invoke ""; APT::Update::Post-Invoke-Success "";',
            *further,
        ]
        (self.folder / "apt.conf").write_text("\n".join(lines))

    def has(self, status):
        """What is installed besides `base`."""
        (self.folder / "dpkg" / "status").write_text(have("base") + status)

    def update(self):
        subprocess.run(["apt-get", "update", "-qq"], check=True, capture_output=True)

    def closure(self):
        return sorted(
            name.partition("=")[0]
            for name in MachineApt(self.project.log).closure(("mosquitto", "mosquitto-clients"))
        )


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """A mirror of that Debian, on disk."""
    archive = tmp_path_factory.mktemp("archive")
    index = archive / "dists" / "own" / "main" / f"binary-{output_of(['dpkg', '--print-architecture'])}"
    index.mkdir(parents=True)
    text = ""
    for name, fields in PACKAGES.items():
        tree = archive / "trees" / name
        control = f"Package: {name}\nArchitecture: all\nMaintainer: me\nDescription: x\n{fields}"
        (tree / "DEBIAN").mkdir(parents=True)
        (tree / "DEBIAN" / "control").write_text(control)
        for program in PROGRAMS.get(name, ()):
            says(tree / program)
        deb = archive / f"{name}.deb"
        subprocess.run(["dpkg-deb", "-b", "-Znone", tree, deb], check=True, capture_output=True)
        text += f"{control}Filename: {deb.name}\nSize: {deb.stat().st_size}\nSHA256: {digest(deb)}\n\n"
    (index / "Packages").write_text(text)
    entry = f" {digest(index / 'Packages')} {len(text)} main/{index.name}/Packages\n"
    (archive / "dists" / "own" / "Release").write_text(f"Suite: own\nCodename: own\nSHA256:\n{entry}")
    return archive


@pytest.fixture
def machine(tmp_path, archive, monkeypatch):
    return Machine(tmp_path, archive, monkeypatch)


ALL = ["libcjson1", "libmosquitto1", "mosquitto", "mosquitto-clients"]
OWN = ["libmosquitto1", "mosquitto", "mosquitto-clients"]
OLD = {name: text.replace("2.0.11", "1.6.9") for name, text in PACKAGES.items()}
NEW = {name: text.replace("2.0.11", "2.1.0") for name, text in PACKAGES.items()}


@pytest.mark.parametrize(
    ("status", "downloaded"),
    [
        pytest.param("", ALL, id="nothing"),
        pytest.param(have("mosquitto", "libmosquitto1", "libcjson1"), OWN, id="the server"),
        pytest.param(have("mosquitto-clients", "libmosquitto1"), ALL, id="the clients"),
        pytest.param(have(*ALL), OWN, id="both"),
        pytest.param(have("libcjson1", **{name: OLD[name] for name in OWN}), OWN, id="both, too old"),
        pytest.param(
            have("libcjson1", mosquitto=NEW["mosquitto"], libmosquitto1=NEW["libmosquitto1"]),
            OWN,
            id="a server that is newer than all that can be downloaded",
        ),
        pytest.param(have(libcjson1="Version: 1.0\nSource: cjson\n"), ALL, id="a library that is too old"),
        pytest.param(
            stanza("libcjson1", "Version: 1.0\nSource: cjson\n", "hold ok installed"),
            ALL,
            id="a library that is too old and on hold",
        ),
        pytest.param(
            stanza("libcjson1", PACKAGES["libcjson1"], "install reinstreq half-installed"),
            ALL,
            id="half a library",
        ),
        pytest.param(
            stanza("mosquitto", PACKAGES["mosquitto"], "install ok half-configured")
            + have("libmosquitto1", "libcjson1"),
            OWN,
            id="a server that is half configured",
        ),
        pytest.param(
            stanza("mosquitto", PACKAGES["mosquitto"], "deinstall ok config-files"),
            ALL,
            id="the settings of a server that was removed",
        ),
        pytest.param(have(other="Version: 1\nDepends: nowhere\n"), ALL, id="another package that is broken"),
        pytest.param(
            have(rival="Version: 1\n", keeper="Version: 1\nDepends: rival\nConflicts: mosquitto\n"),
            ALL,
            id="another broker, which conflicts",
        ),
    ],
)
def test_all_of_mosquitto_is_downloaded_with_the_libraries_that_lack(machine, status, downloaded):
    machine.update()
    machine.has(status)
    assert machine.closure() == downloaded


def test_looking_up_what_lacks_leaves_the_cache_of_the_machine_as_it_is(machine):
    machine.update()
    cache = machine.folder / "cache" / "pkgcache.bin"
    cache.unlink(missing_ok=True)
    machine.closure()
    assert not cache.exists()


@pytest.mark.parametrize("lists", ["fresh", "empty", "empty, and apt is told to take other versions"])
def test_a_server_without_its_clients(machine, lists):
    machine.has(have("mosquitto", "libmosquitto1", "libcjson1"))
    says(machine.bin / "mosquitto")
    says(machine.bin / "mosquitto_passwd")
    if lists == "fresh":
        machine.update()
    elif lists != "empty":
        (machine.folder / "pins").write_text("Package: mosquitto*\nPin: release *\nPin-Priority: -1\n")
        machine.configure(f'Dir::Etc::preferences "{machine.folder}/pins";', 'APT::Default-Release "nosuch";')
    found = mosquitto.get(machine.project, QUIET)
    assert found.server == machine.project.state / "mosquitto" / "bin" / "mosquitto"
    assert all(
        (found.clients / name).exists() for name in ("mosquitto_pub", "mosquitto_sub", "mosquitto_passwd")
    )
    assert mosquitto.get(machine.project, QUIET) == found


@pytest.mark.parametrize("broken", ["mosquitto", "mosquitto_pub"])
@pytest.mark.parametrize("how", ["version 1.6.9", "lib.so: cannot open"])
def test_one_that_is_too_old_or_broken_is_passed_over(tmp_path, monkeypatch, broken, how):
    monkeypatch.setattr(mosquitto, "BESIDE_PATH", (str(tmp_path / "sbin"),))
    monkeypatch.setenv("PATH", os.pathsep.join(str(tmp_path / name) for name in ("old", "bin")))
    for name in ("mosquitto_passwd", "mosquitto_pub", "mosquitto_sub"):
        says(tmp_path / "old" / name)
        says(tmp_path / "bin" / name)
    says(tmp_path / "old" / "mosquitto")
    script(tmp_path / "old" / broken, f"echo '{broken} {how}'")
    if broken == "mosquitto":
        expected = mosquitto.Mosquitto(tmp_path / "sbin" / "mosquitto", tmp_path / "old")
        says(tmp_path / "sbin" / "mosquitto")
    else:
        expected = mosquitto.Mosquitto(tmp_path / "old" / "mosquitto", tmp_path / "bin")
    assert mosquitto._installed() == expected


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (["echo 'mosquitto version 1.6.9'"], r"is too old \(mosquitto version 1.6.9, while 2 is needed\)"),
        (["echo 'x.so: cannot open' >&2", "exit 127"], r"does not run on this machine \(x.so: cannot open\)"),
    ],
)
def test_why_the_mosquitto_that_was_downloaded_will_not_do(machine, monkeypatch, lines, told):
    machine.update()
    wrap = mosquitto._wrap

    def broken(folder):
        script(folder / "usr" / "sbin" / "mosquitto", *lines)
        wrap(folder)

    monkeypatch.setattr(mosquitto, "_wrap", broken)
    with pytest.raises(Problem, match=told):
        mosquitto.get(machine.project, QUIET)


def test_where_no_clients_can_be_had_nobody_says_that_there_is_no_mosquitto(machine, monkeypatch):
    says(machine.bin / "mosquitto")
    (machine.bin / "apt-get").unlink()
    with pytest.raises(Problem, match="no Mosquitto 2 with its command line clients here and no apt-get"):
        mosquitto.get(machine.project, QUIET)


def postgres(folder, version, *missing):
    for name in postgresql.NEEDED:
        if name not in missing:
            script(folder / name, f"echo '{name} (PostgreSQL) {version}.1 (Debian)'")


@pytest.fixture
def servers(tmp_path, monkeypatch):
    """A machine on which PostgreSQL is where Debian puts it, where `pg_config` says, and on PATH."""
    monkeypatch.setattr(postgresql, "DEBIAN", tmp_path / "debian")
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    script(tmp_path / "path" / "pg_config", f"echo {tmp_path / 'config'}")
    return tmp_path


@pytest.mark.parametrize("missing", ["psql", "initdb", "pg_isready"])
def test_a_postgresql_that_is_not_whole_is_passed_over(servers, missing):
    whole, part = servers / "debian" / "14" / "bin", servers / "debian" / "15" / "bin"
    postgres(whole, 14)
    postgres(part, 15, missing)
    passed_over = []
    assert postgresql.find(passed_over) == whole
    assert passed_over == [f"{part} has no {missing}."]


def test_the_clients_alone_are_no_server(servers):
    postgres(servers / "debian" / "15" / "bin", 15, "postgres", "initdb")
    postgres(servers / "path", 15, "postgres", "initdb")
    passed_over = []
    assert postgresql.find(passed_over) is None
    assert passed_over == []
    postgres(servers / "config", 16)
    assert postgresql.find(passed_over) == servers / "config"


def test_the_newest_of_debian_or_the_one_that_made_the_data(servers):
    for version in (13, 9, 17):
        postgres(servers / "debian" / str(version) / "bin", version)
    assert postgresql.find([]) == servers / "debian" / "17" / "bin"
    assert postgresql.find([], "13") == servers / "debian" / "13" / "bin"
    assert postgresql.find([], "15") is None


def test_one_that_is_too_old_or_does_not_run(servers):
    postgres(servers / "debian" / "12" / "bin", 12)
    postgres(servers / "debian" / "16" / "bin", 16)
    script(servers / "debian" / "16" / "bin" / "postgres", "echo 'libpq.so: cannot open' >&2", "exit 127")
    postgres(servers / "path", 15)
    passed_over = []
    assert postgresql.find(passed_over) == servers / "path"
    assert passed_over == [
        f"{servers}/debian/16/bin/postgres does not run: libpq.so: cannot open.",
        f"{servers}/debian/12/bin has PostgreSQL 12, which is too old.",
    ]


def test_a_cluster_whose_postgresql_is_gone_or_in_parts(servers):
    (servers / "state" / "pg").mkdir(parents=True)
    (servers / "state" / "pg" / "PG_VERSION").write_text("14\n")
    postgres(servers / "debian" / "15" / "bin", 15)
    postgres(servers / "debian" / "14" / "bin", 14, "psql")
    with pytest.raises(Problem) as caught:
        _ = Cluster(servers / "state", QUIET).programs
    assert f"{servers}/debian/15/bin has PostgreSQL 15." in caught.value.message
    assert f"{servers}/debian/14/bin has no psql." in caught.value.message
    assert "postgresql-14" in caught.value.hint


@pytest.mark.parametrize(("user", "told"), [(1000, "only root can install it"), (0, "so is apt-get")])
def test_who_cannot_install_is_told_what_is_there_and_why_it_will_not_do(servers, monkeypatch, user, told):
    monkeypatch.setattr(os, "geteuid", lambda: user)
    if user:
        script(servers / "path" / "apt-get", "exit 1")
    postgres(servers / "debian" / "12" / "bin", 12)
    with pytest.raises(Problem, match=told) as caught:
        _ = Cluster(servers / "state", QUIET).programs
    assert "has PostgreSQL 12, which is too old." in caught.value.message


@pytest.fixture
def fake_apt(tmp_path, monkeypatch):
    """An apt-get of root that writes down how it was called; the rest of the machine has nothing."""
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(system_packages, "_updated", False)
    monkeypatch.setenv("PATH", f"{tmp_path / 'path'}")
    script(tmp_path / "path" / "apt-get", f'echo "$@" >> {tmp_path}/called', f". {tmp_path}/does")
    (tmp_path / "does").write_text("")
    return tmp_path


def test_lists_that_cannot_be_updated_may_still_do(fake_apt):
    (fake_apt / "does").write_text('[ "$1" != update ] || { echo "no network"; exit 100; }\n')
    system_packages.require(["thing"], "A thing", fake_apt, QUIET)
    assert (fake_apt / "called").read_text().splitlines()[-1].endswith(" thing")


def test_lists_that_cannot_be_updated_are_the_reason_where_they_do_not(fake_apt):
    (fake_apt / "does").write_text('echo "cannot $1"; exit 100\n')
    with pytest.raises(Problem, match="cannot update"):
        system_packages.require(["thing"], "A thing", fake_apt, QUIET)


def test_a_package_that_is_half_installed_is_told_in_the_words_of_apt(fake_apt):
    (fake_apt / "does").write_text('[ "$1" = update ] || { echo "run dpkg --configure -a"; exit 100; }\n')
    with pytest.raises(Problem, match="run dpkg --configure -a") as caught:
        system_packages.require(["thing"], "A thing", fake_apt, QUIET)
    assert "Do what apt-get says" in caught.value.hint


def test_a_python_that_lacks_venv_and_one_that_is_too_new(tmp_path, monkeypatch):
    script(
        tmp_path / "python3",
        f"echo 'Python 3 11 {tmp_path}/python3'",
        "echo No module ensurepip >&2",
        "exit 1",
    )
    script(tmp_path / "python3.12", f"echo 'Python 3 14 {tmp_path}/python3.12'")
    script(tmp_path / "python3.11", "echo hello")
    passed_over = []
    monkeypatch.setattr(
        interpreter, "_candidates", lambda: [tmp_path / f"python3{x}" for x in (".12", ".11", "")]
    )
    assert interpreter._first(passed_over) is None
    assert passed_over == [
        f"{tmp_path}/python3.12 is Python 3.14.",
        f"{tmp_path}/python3.11: it is no Python.",
        f"{tmp_path}/python3: No module ensurepip.",
    ]
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(Problem, match="No module ensurepip"):
        interpreter.choose(tmp_path, QUIET)


FULL = 'echo \'[19, "19.0", ["/there/odoo"]]\''


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (['echo \'[18, "18.0", ["/there/odoo"]]\''], "it has Odoo 18.0"),
        ([FULL, "echo \"No module named 'paho'\" >&2", "exit 1"], "No module named 'paho'"),
        (["echo \"No module named 'odoo'\" >&2", "exit 1"], "No module named 'odoo'"),
        (
            [FULL, "echo No package metadata was found for fusion-iot-core >&2", "exit 1"],
            r"it has no fusion-iot-core, which .* \(.*/python3 -m pip install --editable /.*/core\)",
        ),
    ],
)
def test_why_an_interpreter_will_not_do_for_odoo(tmp_path, monkeypatch, lines, why):
    script(tmp_path / "python3", *lines)
    monkeypatch.setenv("FUSION_ODOO_PYTHON", str(tmp_path / "python3"))
    with pytest.raises(Problem, match=why):
        odoo_source.get(SimpleNamespace(state=tmp_path), QUIET)


def test_an_installed_odoo_that_lacks_something_is_not_passed_over_in_silence(tmp_path, monkeypatch):
    script(tmp_path / "python3", FULL, "echo \"No module named 'paho'\" >&2", "exit 1")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    told = []
    odoo_source._installed(SimpleNamespace(warn=told.append))
    assert told == [
        f"The Odoo 19.0 of {tmp_path}/python3 is not used, it lacks something: No module named 'paho'."
    ]


def test_a_browser_that_only_pretends_or_has_another_name(tmp_path, monkeypatch):
    work = SimpleNamespace(log=tmp_path, report=QUIET)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("PATH", str(tmp_path))
    script(tmp_path / "chrome", "echo 1")
    script(tmp_path / "apt-get")
    with pytest.raises(Problem, match=r"None of google-chrome, chromium, .* is on PATH; a link with one"):
        browser.require(work)
    script(tmp_path / "chromium-browser", "echo install the snap >&2", "exit 1")
    with pytest.raises(
        Problem, match="chromium-browser, which Odoo would take, does not run: install the snap"
    ):
        browser.require(work)
    script(tmp_path / "chromium", "echo 1")
    browser.require(work)
