"""The drivers for boxes, as one archive: what the installed addons have in their folders ``iot_handlers``.

With them goes what drivers can import: of the core, the parts that a device can carry.
"""

import hashlib
import io
import logging
import os
import zipfile
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

import fusion_iot_core

_logger = logging.getLogger(__name__)

CORE = "lib/fusion_iot_core"
MAX_FILE_BYTES = 4 * 1024 * 1024
_ALWAYS = (1980, 1, 1, 0, 0, 0)


def make_archive(folders: Iterable[Path]) -> tuple[bytes, str]:
    """The archive of several folders, with the core, and its ETag; the same files give the same bytes.

    A file of a later folder replaces one of the same name of an earlier folder.
    """
    found = dict(core_files())
    for folder in folders:
        for path in _files(folder):
            name = path.relative_to(folder).as_posix()
            if name in found:
                _logger.info("IoT handler %s replaces %s", path, found[name])
            found[name] = path
    stamps = []
    for name, path in sorted(found.items()):
        stat = path.stat()
        stamps.append((name, str(path), stat.st_size, stat.st_mtime_ns))
    return _archive(tuple(stamps))


def core_files() -> Iterator[tuple[str, Path]]:
    """The files of the core that a box carries, by their names in the archive."""
    package = Path(fusion_iot_core.__file__).parent
    for part in fusion_iot_core.PORTABLE:
        place = package / part
        for path in [place] if place.is_file() else _files(place):
            yield f"{CORE}/{path.relative_to(package).as_posix()}", path


def _files(folder: Path):
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith((".", "__")))
        for name in sorted(names):
            path = Path(parent, name)
            if name.startswith(".") or path.suffix in (".pyc", ".orig", ".rej") or path.is_symlink():
                continue
            if path.stat().st_size > MAX_FILE_BYTES:
                _logger.warning(
                    "IoT handler %s is left out: it is larger than %s bytes", path, MAX_FILE_BYTES
                )
                continue
            yield path


@lru_cache(maxsize=4)
def _archive(stamps):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path, _size, _changed in stamps:
            info = zipfile.ZipInfo(name, _ALWAYS)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, Path(path).read_bytes())
    data = buffer.getvalue()
    return data, hashlib.sha256(data).hexdigest()
