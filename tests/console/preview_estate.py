"""An analyzer of one account over the packaged example, and access previews that it makes."""

from __future__ import annotations

import json

from ringwall.api.local import call_locally
from ringwall.service.context import Caller
from tests.console.estate import example_service
from tests.service.work_for_tests import ACCOUNT, REGION, Service

SCOPE = f"{REGION}/account"
ARN = f"arn:aws:access-analyzer:{REGION}:{ACCOUNT}:analyzer/account"
ORDERS = f"arn:aws:sqs:{REGION}:444455556666:project-xyz-orders"
OWN = f"arn:aws:sqs:{REGION}:{ACCOUNT}:to-come"
"""A queue that is not there yet, of the account that every analyzer looks at."""
STRANGER, WEBSITE = "123456789012", "777788889999"


def account_service(store) -> Service:
    """The example, scanned by an analyzer of the organization, and by one whose zone of trust is an account."""
    service = example_service(store)
    service.analyzer("account")
    service.pass_(minutes=1)
    return service


def policy_for(*accounts: str) -> str:
    """A queue's policy that lets these accounts send."""
    statements = [
        {"Effect": "Allow", "Principal": {"AWS": each}, "Action": "sqs:SendMessage", "Resource": "*"}
        for each in accounts
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def made(service: Service, policy: str, *, resource: str = ORDERS, is_answered: bool = True) -> str:
    """A preview of a queue's policy: its id."""
    request = {"analyzerArn": ARN, "configurations": {resource: {"sqsQueue": {"queuePolicy": policy}}}}
    preview: str = call_locally(service.ringwall, Caller(ACCOUNT, REGION), "CreateAccessPreview", request)["id"]
    if is_answered:
        service.do("preview", id=preview)
    return preview
