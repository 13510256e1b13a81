from contextlib import contextmanager
from tempfile import TemporaryDirectory
from unittest.mock import patch

from .. import secret


class SecretCase:
    """For test cases of addons with secrets: what is stored, and a server that has lost its key."""

    def stored(self, record, name):
        """What is in the column of a field."""
        self.env.flush_all()
        self.env.cr.execute(f'SELECT "{name}" FROM "{record._table}" WHERE id = %s', [record.id])
        return self.env.cr.fetchone()[0]

    def in_clear(self, record, name):
        """The secret itself."""
        return record._open_secrets(name)[record.id][name]

    @contextmanager
    def another_data_directory(self):
        """As on a server that has another data directory, and so not the key."""
        with TemporaryDirectory() as folder, patch.object(secret, "config", {"data_dir": folder}):
            yield folder
