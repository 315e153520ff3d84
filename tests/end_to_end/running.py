"""Runs the product as its users do: as a process, in a terminal of 80 columns."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property

from tests.collector.planting import ACCOUNTS, REGIONS

AWS_ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "HOME": "/nonexistent",
}
PROGRAM = (sys.executable, "-c", "from ringwall.cli.main import main; main()")
THE_ACCOUNTS = ("--accounts", ",".join(ACCOUNTS), "--role-name", "ringwall")
THE_REGIONS = tuple(f"--region={region}" for region in REGIONS)


@dataclass(frozen=True)
class Run:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @cached_property
    def report(self):
        """The report, where the format is JSON."""
        return json.loads(self.out)

    @property
    def findings(self):
        """The findings that are not errors."""
        return [each for each in self.report["findings"] if "error" not in each]

    @property
    def errors(self):
        """Resources that could not be analysed, with the code of why."""
        return {each["resource"]: each["error"] for each in self.report["findings"] if "error" in each}

    @property
    def gaps(self):
        return self.report["coverage"]["notAnalyzed"]


def environment(**changes):
    return os.environ | AWS_ENVIRONMENT | {"COLUMNS": "80"} | changes


def ringwall(*arguments, stdin="", **changes):
    """The exit code and the output of `ringwall ARGUMENTS`; `changes` are environment variables."""
    ended = subprocess.run(
        [*PROGRAM, *map(str, arguments)],
        input=stdin,
        env=environment(**changes),
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    return Run(ended.returncode, ended.stdout, ended.stderr)


def live(command, endpoint, *options, **changes):
    """`ringwall COMMAND` on the planted accounts and Regions."""
    return ringwall(command, "--endpoint-url", endpoint, *THE_ACCOUNTS, *THE_REGIONS, "--quiet", *options, **changes)


def scan(endpoint, *options, **changes):
    """A live scan with a JSON report."""
    return live("scan", endpoint, "--format", "json", *options, **changes)


def scan_file(path, *options, **changes):
    """A scan of a snapshot with a JSON report."""
    return ringwall("scan", "--snapshot", path, "--quiet", "--format", "json", *options, **changes)
