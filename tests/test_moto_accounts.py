"""Files of tests do not see each other's accounts."""

from moto.sqs.models import sqs_backends

from tests.moto_accounts import empty_account

ACCOUNT, OTHER = "666666666666", "777777777777"


def queues(account):
    return list(sqs_backends[account]["eu-west-1"].queues)


def test_an_account_is_empty_and_has_everything_again():
    """
    Whatever is planted meanwhile goes; other accounts are as they were.
    """
    for account in (ACCOUNT, OTHER):
        sqs_backends[account]["eu-west-1"].create_queue("mine", None)
    with empty_account(ACCOUNT):
        inside = queues(ACCOUNT), queues(OTHER)
        sqs_backends[ACCOUNT]["eu-west-1"].create_queue("theirs", None)

    assert inside == ([], ["mine"])
    assert queues(ACCOUNT) == ["mine"]
    for account in (ACCOUNT, OTHER):
        sqs_backends.pop(account)
