"""A fix is written only where that is allowed, and only over what was analysed."""

import pytest

from ringwall.collector.apply import apply_fix
from ringwall.errors import CollectionError, ConflictError, DeniedError, NotFoundError
from tests.findings.sharing_cases import OWNER, a_queue, statement

OPEN, CLOSED = a_queue(statement(Sid="open")), a_queue(statement(Sid="closed", Principal={"AWS": OWNER}))


class OneQueue:
    """An AWS with one queue, which keeps note of what is written."""

    account, region, partition = OWNER, "us-east-1", "aws"

    def __init__(self, policy, *, name="q", refuses=False):
        self.policy = policy
        self.name = name
        self.refuses = refuses
        self.written = []

    def pages(self, operation, key, **_):
        assert (operation, key) == ("sqs:ListQueues", "QueueUrls")
        yield f"https://queue/{self.name}"

    def find(self, operation, *_, **parameters):
        return self.call(operation, **parameters) if parameters["QueueName"] == self.name else None

    def call(self, operation, **parameters):
        match operation:
            case "sqs:GetQueueAttributes":
                return {"Attributes": {"Policy": self.policy}}
            case "sqs:GetQueueUrl":
                return {"QueueUrl": f"https://queue/{parameters['QueueName']}"}
            case "sqs:SetQueueAttributes" if not self.refuses:
                self.written.append(parameters)
                self.policy = parameters["Attributes"]["Policy"]
                return {}
        raise CollectionError("ACCESS_DENIED", f"{operation}: AccessDenied")


def test_what_is_written_is_read_again():
    """
    The answer is the resource as AWS has it then.
    """
    aws = OneQueue(OPEN.configuration["queuePolicy"])

    written = apply_fix(aws, OPEN, CLOSED.configuration, is_allowed=True)

    assert written == CLOSED
    assert aws.written == [
        {"QueueUrl": "https://queue/q", "Attributes": {"Policy": CLOSED.configuration["queuePolicy"]}}
    ]


@pytest.mark.parametrize(
    ("aws", "is_allowed", "error"),
    [
        (OneQueue(OPEN.configuration["queuePolicy"]), False, DeniedError),
        (OneQueue(CLOSED.configuration["queuePolicy"]), True, ConflictError),
        (OneQueue(OPEN.configuration["queuePolicy"], name="another"), True, NotFoundError),
    ],
)
def test_nothing_is_written_where_it_must_not_be(aws, is_allowed, error):
    """
    Not without the right to, not over a configuration that nobody has analysed, and not to another resource.
    """
    with pytest.raises(error):
        apply_fix(aws, OPEN, CLOSED.configuration, is_allowed=is_allowed)

    assert aws.written == []


def test_a_refusal_says_what_had_been_done():
    """
    Whoever has to mend it needs to know.
    """
    aws = OneQueue(OPEN.configuration["queuePolicy"], refuses=True)

    with pytest.raises(CollectionError, match="0 of 1 changes had been made") as raised:
        apply_fix(aws, OPEN, CLOSED.configuration, is_allowed=True)

    assert raised.value.code == "ACCESS_DENIED"
