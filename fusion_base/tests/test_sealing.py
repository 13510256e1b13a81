import base64
import os
import stat
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from odoo.tests import BaseCase

from .. import sealing
from ..sealing import KEY, KEY_FILE, CannotOpen, KeyUnusable, add_key, keyring

PLACE = ("mqtt.connection", "7", "password")
_PROCESS = """
import pathlib, sys
sys.path.insert(0, sys.argv[1])
import sealing
sys.stdin.read()
print(sealing.keyring({}, pathlib.Path(sys.argv[2]), make=True).seal("x", ("a", "1", "b")))
"""


def new_key():
    return base64.b64encode(os.urandom(32)).decode()


class TestSealing(BaseCase):
    def setUp(self):
        super().setUp()
        folder = TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name) / "data"

    def ring(self, make=True, **environ):
        return keyring(environ, self.folder, make)

    def test_what_was_sealed_opens_at_its_own_place_only(self):
        ring = self.ring()
        for text in ("s3cret-word", "", "ä€😀", "x" * 100_000, "with\nlines\0"):
            sealed = ring.seal(text, PLACE)
            self.assertEqual(ring.open(sealed, PLACE), text)
            self.assertTrue(sealing.is_sealed(sealed))
        sealed = ring.seal("s3cret-word", PLACE)
        self.assertNotIn("s3cret", sealed)
        self.assertNotEqual(sealed, ring.seal("s3cret-word", PLACE))
        for other in (
            ("mqtt.connection", "8", "password"),
            ("mqtt.connection", "7", "client_key"),
            ("iot.box", "7", "password"),
            # the parts do not run into each other
            ("mqtt.connection\0007", "password", ""),
        ):
            with self.subTest(place=other), self.assertRaises(CannotOpen):
                ring.open(sealed, other)

    def test_what_was_changed_does_not_open(self):
        ring = self.ring()
        sealed = ring.seal("s3cret-word", PLACE)
        head, _, body = sealed.rpartition(":")
        raw = bytearray(base64.urlsafe_b64decode(body))
        for position in (0, 12, len(raw) - 1):
            changed = bytearray(raw)
            changed[position] ^= 1
            with self.assertRaises(CannotOpen):
                ring.open(f"{head}:{base64.urlsafe_b64encode(changed).decode()}", PLACE)
        for wrong in (
            "",
            "s3cret-word",
            head,
            f"{head}:",
            f"{head}:AAAA",
            f"{head}:A",
            f"{sealed}\n",
            "sealed:2:x:y",
        ):
            with self.subTest(text=wrong), self.assertRaises(CannotOpen):
                ring.open(wrong, PLACE)

    def test_the_file_is_made_on_first_use_for_its_owner_only(self):
        self.assertEqual(self.ring(make=False).keys, ())
        self.assertFalse(self.folder.exists())
        first = self.ring().keys
        self.assertEqual(self.ring().keys, first)
        self.assertEqual([path.name for path in self.folder.iterdir()], [sealing.OWN_FILE])
        self.assertEqual(stat.S_IMODE((self.folder / sealing.OWN_FILE).stat().st_mode), 0o600)

    def test_processes_that_start_at_once_use_the_same_key(self):
        argv = [sys.executable, "-c", _PROCESS, Path(sealing.__file__).parent, self.folder]
        started = [
            subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(6)
        ]
        for process in started:
            process.stdin.close()
        sealed = [process.stdout.read().strip() for process in started]
        for process in started:
            process.stdout.close()
            self.assertEqual(process.wait(30), 0)
        ring = self.ring(make=False)
        self.assertEqual(len(ring.keys), 1)
        self.assertEqual([ring.open(text, ("a", "1", "b")) for text in sealed], ["x"] * 6)

    def test_a_key_from_the_environment_or_a_file_that_it_names(self):
        own, given = self.ring(), new_key()
        sealed = own.seal("old", PLACE)
        named = self.folder / "elsewhere"
        named.write_text(f"{given}\n", "ascii")
        for environ in ({KEY: given}, {KEY_FILE: str(named)}, {KEY: f" {given}\n", KEY_FILE: "/nowhere"}):
            with self.subTest(environ=list(environ)):
                ring = self.ring(**environ)
                self.assertEqual(ring.keys[0], base64.b64decode(given))
                self.assertIsNone(ring.file)
                # what the file in the data directory has sealed stays readable
                self.assertEqual(ring.open(sealed, PLACE), "old")
                self.assertFalse(ring.is_newest(sealed))
                self.assertTrue(ring.is_newest(ring.seal("new", PLACE)))
                with self.assertRaises(CannotOpen):
                    own.open(ring.seal("new", PLACE), PLACE)

    def test_an_old_key_behind_a_new_one(self):
        old, new = new_key(), new_key()
        sealed = self.ring(**{KEY: old}).seal("kept", PLACE)
        for separator in (",", " ", "\n", ", "):
            ring = self.ring(**{KEY: separator.join((new, old))})
            self.assertEqual(ring.open(sealed, PLACE), "kept")
            self.assertFalse(ring.is_newest(sealed))
        with self.assertRaises(CannotOpen):
            self.ring(**{KEY: new}).open(sealed, PLACE)

    def test_a_key_is_added_to_the_file(self):
        before = self.ring()
        sealed = before.seal("kept", PLACE)
        add_key(before.file)
        after = self.ring()
        self.assertEqual(after.keys[1:], before.keys)
        self.assertEqual(after.open(sealed, PLACE), "kept")
        self.assertEqual(stat.S_IMODE(after.file.stat().st_mode), 0o600)

    def test_a_key_that_root_adds_is_the_servers(self):
        ring = self.ring()
        owner = ring.file.parent.stat()
        with patch.object(os, "geteuid", return_value=0), patch.object(os, "fchown") as given:
            add_key(ring.file)
        self.assertEqual([call.args[1:] for call in given.call_args_list], [(owner.st_uid, owner.st_gid)])

    def test_what_is_no_key_is_told_without_telling_it(self):
        self.folder.mkdir()
        short = base64.b64encode(b"s3cret").decode()
        named = self.folder / "named"
        for text in (short, "s3cret-word", "ä", new_key()[:-4]):
            named.write_text(text, "utf-8")
            for environ in ({KEY: text}, {KEY_FILE: str(named)}):
                with self.subTest(text=text, environ=list(environ)), self.assertRaises(KeyUnusable) as caught:
                    self.ring(**environ)
                self.assertNotIn(text, str(caught.exception))
                self.assertIn("holds something that is no key", str(caught.exception))
        for missing in (self.folder / "missing", self.folder):
            with self.assertRaisesRegex(KeyUnusable, str(missing)):
                self.ring(**{KEY_FILE: str(missing)})
        with self.assertRaises(KeyUnusable):
            keyring({}, Path("/proc/nowhere"), make=True)

    def test_no_key_shows_where_objects_are_shown(self):
        ring = self.ring()
        self.assertNotIn(repr(ring.keys[0]), repr(ring))
        self.assertNotIn(ring.keys[0].hex(), repr(ring))
