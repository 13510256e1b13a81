"""The machine's own package sources, in the two formats that apt reads."""

from fusion_cli.tools.apt_sources import AptSource, debian_source, parse_deb822, parse_one_line, read_sources

DEB822 = """\
Types: deb
# a comment inside
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/archive.gpg

Types: deb deb-src
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main

Enabled: no
Types: deb
URIs: http://off.example/debian
Suites: bookworm
Components: main

Types: deb-src
URIs: http://src.example/debian
Suites: bookworm
Components: main
"""


def test_deb822():
    first, security = parse_deb822(DEB822)
    assert first == AptSource(
        ("http://mirror.example/debian",),
        ("bookworm", "bookworm-updates"),
        ("main", "contrib"),
        {"Signed-By": "/usr/share/keyrings/archive.gpg"},
    )
    assert security.suites == ("bookworm-security",)


def test_a_key_written_into_the_source_is_kept_with_its_lines():
    text = "Types: deb\nURIs: http://a.example/\nSuites: sid\nComponents: main\nSigned-By:\n -----BEGIN\n .\n abc\n"
    (source,) = parse_deb822(text)
    assert source.stanza(["sid"]).endswith("Signed-By: \n -----BEGIN\n .\n abc\n")


def test_one_line_format():
    text = """
    # deb http://no.example/ bookworm main
    deb [arch=amd64,arm64 signed-by=/k/one.gpg] http://mirror.example/debian bookworm main non-free # why
    deb-src http://mirror.example/debian bookworm main
    deb http://plain.example/debian/ bookworm main
    """
    first, second = parse_one_line(text)
    assert first.options == {"Signed-By": "/k/one.gpg"}
    assert first.components == ("main", "non-free")
    assert second == AptSource(("http://plain.example/debian/",), ("bookworm",), ("main",))


def test_the_source_of_the_release_itself_is_chosen():
    other = AptSource(("http://vendor.example/",), ("stable",), ("main",))
    security = AptSource(("http://mirror.example/s",), ("bookworm-security",), ("main",))
    backports = AptSource(("http://mirror.example/b",), ("bookworm",), ("contrib",))
    own = AptSource(("http://mirror.example/debian",), ("bookworm", "bookworm-updates"), ("main",))
    assert debian_source([other, security, backports, own], "bookworm") is own
    assert debian_source([security, other], "bookworm") is other
    assert debian_source([security, backports], "bookworm") is None


def test_other_suites_from_the_same_mirror():
    source = AptSource(("http://mirror.example/debian",), ("bookworm",), ("main",), {"Signed-By": "/k.gpg"})
    assert source.stanza(["sid", "bookworm"]) == (
        "Types: deb\nURIs: http://mirror.example/debian\nSuites: sid bookworm\nComponents: main\nSigned-By: /k.gpg\n"
    )


def test_files_of_both_formats_are_read_and_others_are_not(tmp_path):
    parts = tmp_path / "sources.list.d"
    parts.mkdir()
    (tmp_path / "sources.list").write_text("deb http://one.example/ bookworm main\n")
    (parts / "two.sources").write_text(DEB822)
    (parts / "three.list.disabled").write_text("deb http://three.example/ bookworm main\n")
    assert [source.uris[0] for source in read_sources(tmp_path)] == [
        "http://one.example/",
        "http://mirror.example/debian",
        "http://mirror.example/debian-security",
    ]
