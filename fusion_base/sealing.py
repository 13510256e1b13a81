"""Encryption of stored secrets: AES-256-GCM (NIST SP 800-38D) with keys that lie outside the database. No Odoo here.

A sealed text is ``sealed:1:<key id>:<nonce and ciphertext in base64>``. It opens at its own place only (model, record,
field): these are the associated data, so a sealed text that was copied to another record or field does not open.
"""

from __future__ import annotations

import base64
import binascii
import fcntl
import hashlib
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY = "FUSION_IOT_KEY"
"""Environment variable that holds the key."""
KEY_FILE = "FUSION_IOT_KEY_FILE"
"""Environment variable that names a file with the key."""
OWN_FILE = "fusion_iot.key"
"""File in Odoo's data directory, made on first use where neither variable is set."""
KEY_BYTES = 32
NONCE_BYTES = 12

_FORM = re.compile(r"sealed:1:([0-9a-f]{8}):([A-Za-z0-9_-]+=*)\Z")
Place = tuple[str, str, str]
"""Where a sealed text is stored: model, record (its id, or its name where that never changes), field."""


class KeyUnusable(Exception):
    """A key was given, and cannot be used. The message says why, without the key."""


class CannotOpen(Exception):
    """The text was sealed with another key, at another place, or not at all."""


@dataclass(frozen=True, slots=True)
class Keyring:
    """The keys of this server. The first one seals, all of them open: so a key can be replaced.

    :ivar file: the file in the data directory, if it is the source of the first key
    """

    keys: tuple[bytes, ...] = field(repr=False)
    file: Path | None = None

    def seal(self, text: str, place: Place) -> str:
        """Encrypt ``text`` for ``place``. Raises :class:`KeyUnusable` where there is no key."""
        if not self.keys:
            raise KeyUnusable("there is no key")
        key = self.keys[0]
        nonce = os.urandom(NONCE_BYTES)
        sealed = nonce + AESGCM(key).encrypt(nonce, text.encode(), _associated(place))
        return f"sealed:1:{_key_id(key)}:{base64.urlsafe_b64encode(sealed).decode()}"

    def open(self, sealed: str, place: Place) -> str:
        """Decrypt what :meth:`seal` made for the same ``place``. Raises :class:`CannotOpen`."""
        parts = _FORM.match(sealed)
        if not parts:
            raise CannotOpen
        try:
            raw = base64.b64decode(parts[2], altchars=b"-_", validate=True)
        except binascii.Error as exc:
            raise CannotOpen from exc
        for key in self.keys:
            # The id only spares the attempt with keys that cannot be it.
            if _key_id(key) == parts[1]:
                try:
                    return (
                        AESGCM(key).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], _associated(place)).decode()
                    )
                except (InvalidTag, ValueError) as exc:
                    raise CannotOpen from exc
        raise CannotOpen

    def is_newest(self, sealed: str) -> bool:
        """Whether a text was sealed with the key that seals now."""
        parts = _FORM.match(sealed)
        return bool(parts and self.keys and parts[1] == _key_id(self.keys[0]))


def is_sealed(text: str) -> bool:
    """Whether a text has the form of a sealed one."""
    return bool(_FORM.match(text))


def keyring(environ: Mapping[str, str], folder: Path, make: bool = False) -> Keyring:
    """The keys that the environment, a file it names, and the file in ``folder`` give, in this order.

    The file in ``folder`` goes on opening what it sealed after a key was put into the environment.

    :param folder: Odoo's data directory
    :param make: whether to make the file in it where there is no key at all
    :raise KeyUnusable: for a key that is none, and for a file that cannot be read or made
    """
    own = folder / OWN_FILE
    if text := environ.get(KEY, "").strip():
        given = _parse(text, KEY)
    elif name := environ.get(KEY_FILE, "").strip():
        given = _read(Path(name))
        if not given:
            raise KeyUnusable(f"the key file {name} does not exist or is empty")
    else:
        given = ()
    kept = _read(own)
    if not given and not kept and make:
        kept = _make(own)
    return Keyring((*given, *(key for key in kept if key not in given)), None if given else own)


def add_key(own: Path) -> None:
    """Put a new key in front of those in the file of the data directory. The old ones stay, to open with.

    :raise KeyUnusable: for a file that cannot be read or written
    """
    with _changing(own):
        old = [base64.b64encode(key).decode() for key in _read(own)]
        _write(own, "\n".join([_new_key(), *old]))


def _associated(place: Place) -> bytes:
    return "\0".join(("fusion_iot", *place)).encode()


@lru_cache(maxsize=64)
def _key_id(key: bytes) -> str:
    return hashlib.sha256(b"fusion_iot key\0" + key).hexdigest()[:8]


def _parse(text: str, source: str) -> tuple[bytes, ...]:
    keys = []
    for word in re.split(r"[\s,]+", text.strip()):
        try:
            key = base64.b64decode(word.translate(str.maketrans("-_", "+/")), validate=True)
        except (binascii.Error, ValueError):
            key = b""
        if len(key) != KEY_BYTES:
            raise _no_key(source)
        keys.append(key)
    return tuple(keys)


def _no_key(source: str) -> KeyUnusable:
    return KeyUnusable(
        f"{source} holds something that is no key (32 random bytes in base64: openssl rand -base64 32)"
    )


def _read(path: Path) -> tuple[bytes, ...]:
    """The keys in a file, newest first; none where it does not exist or is empty.

    It is looked at each time: a key that was replaced or restored takes effect without a restart.
    """
    try:
        text = path.read_text("ascii")
    except FileNotFoundError:
        return ()
    except UnicodeDecodeError:
        raise _no_key(f"the key file {path}") from None  # the error would quote what is in the file
    except (OSError, ValueError) as exc:
        raise KeyUnusable(f"the key file {path} cannot be read: {exc}") from exc
    return _parse(text, f"the key file {path}") if text.strip() else ()


def _make(own: Path) -> tuple[bytes, ...]:
    """Make the file. Of several processes that start at once, one makes it, and all use that."""
    with _changing(own):
        if not _read(own):
            _write(own, _new_key())
    return _read(own)


def _new_key() -> str:
    return base64.b64encode(os.urandom(KEY_BYTES)).decode()


@contextmanager
def _changing(own: Path) -> Iterator[None]:
    """Only one process changes the file at a time. Readers do not wait, and never see half of it."""
    try:
        own.parent.mkdir(parents=True, exist_ok=True)
        folder = os.open(own.parent, os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
            # The name must be on the disk before the first commit that needs the key.
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as exc:
        raise KeyUnusable(f"the key file {own} cannot be written: {exc}") from exc


def _write(own: Path, text: str) -> None:
    descriptor, name = tempfile.mkstemp(dir=own.parent, prefix=OWN_FILE)  # only its owner can read it
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            if os.geteuid() == 0:
                # Root runs a command: the server, which is another user, has to be able to read the file.
                folder = os.stat(own.parent)
                os.fchown(descriptor, folder.st_uid, folder.st_gid)
            file.write(f"{text}\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, own)
    except BaseException:
        os.unlink(name)
        raise
