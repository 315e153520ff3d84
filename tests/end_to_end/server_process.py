"""Runs `ringwall serve` as its users do: as a process over a pretend AWS."""

import json
import subprocess
import sys
import time
import urllib.request
from contextlib import ExitStack

from tests.end_to_end.running import PROGRAM, environment, ringwall

SECONDS = 240
REGION = "eu-west-1"


def until(what):
    """The first answer that is something, within a time that only a broken server needs."""
    end = time.monotonic() + SECONDS
    while not (found := what()):
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.2)
    return found


def fetched(url):
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:
            return answer.status, answer.read().decode()
    except OSError:
        return None


class Server:
    """A running `ringwall serve`, and a key of it; `settings` are more variables of its environment."""

    def __init__(self, endpoint, folder, **settings):
        self.data, self.log = folder / "data", folder / "serve.log"
        self.settings = {
            "AWS_DEFAULT_REGION": REGION,
            "RINGWALL_AWS_ENDPOINT_URL": endpoint,
            "RINGWALL_AWS_REGIONS": REGION,
            "RINGWALL_DATA": str(self.data),
            **settings,
        }
        command = [*PROGRAM, "serve", "--port", "0", "--log-format", "json"]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, env=environment(**self.settings), stderr=log)
        with ExitStack() as otherwise:
            otherwise.callback(self.stop)
            self.url = until(self._url)
            until(lambda: (fetched(f"{self.url}/ready") or (0, ""))[0] == 200)
            self.key = json.loads(self.locally("keys", "create", "--role", "admin", "--format", "json").out)
            otherwise.pop_all()

    def _url(self):
        """As the log says it: the port was free."""
        for line in self.log.read_text().splitlines():
            if "running on http" in line:
                return json.loads(line)["message"].split()[3]
        return None

    def locally(self, *arguments, stdin=""):
        return ringwall(*arguments, stdin=stdin, **self.settings)

    def stop(self):
        self.process.kill()
        self.process.wait()

    def remotely(self, *arguments):
        keys = {
            "RINGWALL_ACCESS_KEY_ID": self.key["accessKeyId"],
            "RINGWALL_SECRET_ACCESS_KEY": self.key["secretAccessKey"],
        }
        return ringwall(*arguments, "--url", self.url, AWS_REGION=REGION, **keys)

    def aws(self, *arguments):
        """The AWS CLI, with nothing but the endpoint changed."""
        run = subprocess.run(
            [sys.executable, "-m", "awscli", "accessanalyzer", *arguments],
            env=environment(
                AWS_ACCESS_KEY_ID=self.key["accessKeyId"],
                AWS_SECRET_ACCESS_KEY=self.key["secretAccessKey"],
                AWS_DEFAULT_REGION=REGION,
                AWS_ENDPOINT_URL_ACCESSANALYZER=self.url,
            ),
            capture_output=True,
            text=True,
            check=False,
        )
        assert (run.returncode, run.stderr) == (0, "")
        return json.loads(run.stdout) if run.stdout else None
