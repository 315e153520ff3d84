"""Finds the operation of a method and a path, as the path came: encoded.

A label stands for one segment of the path, which may contain an encoded slash, as an ARN does. Clients that do not
encode the slashes of an ARN are understood where the label ends the path and stands for an ARN.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

from ringwall.api.errors import RequestError
from ringwall.api.wire import Endpoint

_LABEL = re.compile(r"\{(\w+)(\+?)\}")
# The signature is made over a path from which these are taken out, so that one signature would hold for several paths.
_UNCLEAN = re.compile(r"//|/\.{1,2}(?:/|\Z)|#")


class Routes:
    """The operations by method and path."""

    def __init__(self, endpoints: Iterable[Endpoint]) -> None:
        self._routes: defaultdict[tuple[str, str], list[tuple[re.Pattern[str], Endpoint]]] = defaultdict(list)
        # A literal segment wins over a label.
        for endpoint in sorted(endpoints, key=lambda each: each.uri.count("{")):
            pattern = re.compile(_LABEL.sub(_group, endpoint.uri))
            self._routes[endpoint.method, _first_segment(endpoint.uri)].append((pattern, endpoint))

    def find(self, method: str, path: str) -> tuple[Endpoint, Mapping[str, str]]:
        """The operation, and the labels in its path, still encoded.

        Raises:
            RequestError: there is none.
        """
        if not _UNCLEAN.search(path):
            for pattern, endpoint in self._routes.get((method, _first_segment(path)), ()):
                if found := pattern.fullmatch(path):
                    return endpoint, found.groupdict()
        raise RequestError("unknownOperation", "there is no operation with this method and path")


def _first_segment(path: str) -> str:
    return path[1:].partition("/")[0]


def _group(label: re.Match[str]) -> str:
    name, greedy = label.groups()
    is_last = label.end() == len(label.string)
    return f"(?P<{name}>{'.+' if greedy or (is_last and name.endswith('Arn')) else '[^/]+'})"
