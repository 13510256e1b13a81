"""The routes that answer in JSON, found by address before Odoo has found them, and without a database."""

from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import Map, Rule


class RouteTable:
    """The endpoints of all databases of this process, by address and method."""

    def __init__(self):
        self._endpoints = {}
        self._converters = {}
        self._folders = ()
        self._adapter = Map().bind("routes")

    def add(self, routes, converters):
        """Add routes, or replace them.

        :param routes: ``(url, endpoint)`` as Odoo generates them
        :param converters: of the URLs, by name; records are not looked up
        """
        self._endpoints |= {(url, tuple(item.routing["methods"] or ())): item for url, item in routes}
        self._converters |= {name: _without_lookup(converter) for name, converter in converters.items()}
        table = Map(strict_slashes=False, merge_slashes=False, converters=self._converters)
        for (url, _methods), endpoint in self._endpoints.items():
            table.add(Rule(url, endpoint=endpoint, methods=endpoint.routing["methods"]))
        self._folders = tuple({url.partition("<")[0].rpartition("/")[0] + "/" for url, _ in self._endpoints})
        # Requests may be using the former one.
        self._adapter = table.bind("routes")

    def find(self, path, method):
        """The endpoint at this address: for ``method``, else for one that it takes; or ``None``."""
        adapter = self._adapter
        try:
            return adapter.match(path, method)[0]
        except MethodNotAllowed as exc:
            return adapter.match(path, next(iter(exc.valid_methods)))[0]
        except HTTPException:
            return None

    def methods(self, path):
        """The methods that an address takes, sorted."""
        return sorted(set(self._adapter.allowed_methods(path)) - {"OPTIONS"})

    def is_near(self, path):
        """Whether a path is in a folder of one of the routes."""
        return path.startswith(self._folders)


def _without_lookup(converter):
    """A converter that takes the same addresses and leaves the value as it is: Odoo's ask the database for records."""
    return type(converter.__name__, (converter,), {"to_python": lambda _self, value: value})


routes = RouteTable()
"""Those of this process."""
