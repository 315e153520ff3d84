"""Replays recorded answers of AWS, and notes which calls were made."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ringwall.errors import CollectionError

RECORDINGS = Path(__file__).parent / "recordings"


class RecordedReader:
    """An `AwsReader` over one recording. A call that was not recorded fails the test."""

    def __init__(self, name: str) -> None:
        recording = json.loads((RECORDINGS / f"{name}.json").read_text())
        self.account: str = recording["account"]
        self.region: str = recording["region"]
        self.partition: str = recording["partition"]
        self.expected: list[dict[str, Any]] = recording["expected"]
        self.recorded = {_call(each["operation"], each["parameters"]): each for each in recording["calls"]}
        self.made: list[str] = []
        self.paged: set[tuple[str, str]] = set()

    def pages(self, operation: str, key: str, **parameters: Any) -> Iterator[Any]:
        self.paged.add((operation, key))
        yield from self.call(operation, **parameters)[key]

    def call(self, operation: str, **parameters: Any) -> Mapping[str, Any]:
        recorded = self._recorded(operation, parameters)
        if "error" in recorded:
            raise CollectionError("ACCESS_DENIED", recorded["error"])
        return recorded["answer"]

    def find(self, operation: str, *absent: str, **parameters: Any) -> Mapping[str, Any] | None:
        recorded = self._recorded(operation, parameters)
        return None if recorded.get("error") in absent else self.call(operation, **parameters)

    def refuse(self, operation: str) -> None:
        """From now on AWS refuses this operation."""
        for recorded in self.recorded.values():
            if recorded["operation"] == operation:
                recorded["error"] = "AccessDenied"

    def _recorded(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        call = _call(operation, parameters)
        assert call in self.recorded, f"not recorded: {call}"
        if call not in self.made:
            self.made.append(call)
        return self.recorded[call]


def _call(operation: str, parameters: Mapping[str, Any]) -> str:
    return f"{operation} {json.dumps(parameters, sort_keys=True)}"
