"""Callers of a server that is killed again and again: each asks until it is answered, and remembers what it was told."""

import threading
from itertools import count

from botocore.exceptions import BotoCoreError, ClientError

from tests.api.serving import a_client
from tests.end_to_end.crashing import ARN, OWNER, REGION
from tests.end_to_end.killed_server import STABLE

_PAUSE = 0.02
_RULES = 80
"""An analyzer may have a hundred."""


class Caller(threading.Thread):
    """One caller. What was answered is done; what was not is asked for again, in the same words."""

    def __init__(self, url, key, stopped):
        super().__init__(daemon=True)
        self.client = a_client(url, key, connect_timeout=5, read_timeout=20)
        self.stopped = stopped
        self.answered = 0
        self.refused = []
        """The statuses of errors."""

    def run(self):
        for operation, request in self.wishes():
            if not self.ask(operation, request):
                return

    def ask(self, operation, request):
        """The answer, at last; None where nobody waits for it any more."""
        while not self.stopped.wait(_PAUSE):
            try:
                answer = getattr(self.client, operation)(**request)
            except ClientError as error:
                self.refused.append(error.response["ResponseMetadata"]["HTTPStatusCode"])
            except BotoCoreError:
                # Nobody is there, or went away in the middle.
                continue
            else:
                self.answered += 1
                return answer
        return None


class Decider(Caller):
    """Archives the findings of the stable queues and takes it back, in turns."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.decided = {}
        """By the id of the finding: how it was decided, as far as that was answered."""
        self.wish = None
        """Asked for and not answered yet."""

    def wishes(self):
        ids = self.ids()
        for number in count():
            status = ("ARCHIVED", "ACTIVE")[number // len(ids) % 2] if ids else None
            if status is None:
                return
            self.wish = ids[number % len(ids)], status
            yield "update_findings", {"analyzerArn": ARN, "ids": [self.wish[0]], "status": status}
            self.decided.setdefault(self.wish[0], []).append(status)
            self.wish = None

    def ids(self):
        wanted = [f"arn:aws:sqs:{REGION}:{OWNER}:{name}" for name in STABLE]
        while answer := self.ask("list_findings_v2", {"analyzerArn": ARN, "filter": {"resource": {"eq": wanted}}}):
            if len(answer["findings"]) == len(STABLE):
                return [each["id"] for each in answer["findings"]]
        return []


class RuleMaker(Caller):
    """Makes archive rules, each with a token, so that asking twice is making one; then tags."""

    def wishes(self):
        for number in range(_RULES):
            rule = {"ruleName": f"rule-{number}", "filter": {"resource": {"eq": [f"none-{number}"]}}}
            yield "create_archive_rule", {"analyzerName": "one", "clientToken": f"token-{number}", **rule}
        for number in count():
            yield "tag_resource", {"resourceArn": ARN, "tags": {"number": str(number)}}
