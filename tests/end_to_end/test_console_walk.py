"""A first day with the console, in a browser, over a pretend AWS: from no user to a finding that is fixed."""

import json

import botocore.session
import pytest

from tests.browsing import a_browser, a_context, follow
from tests.end_to_end.server_process import REGION, Server, until

ACCOUNT = "123456789012"
PASSWORD = "correct horse battery"
STRANGERS = {"walk-partner": "444455556666", "walk-vendor": "555566667777", "walk-leak": "999988887777"}


def policy(*accounts):
    """All these may send to a queue."""
    principals = [f"arn:aws:iam::{account}:root" for account in accounts]
    statement = {"Effect": "Allow", "Principal": {"AWS": principals}, "Action": "sqs:SendMessage", "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture
def queues(endpoint):
    """Three queues that the own account and a stranger send to, by name: what asks AWS for their principals."""
    sqs = botocore.session.Session().create_client("sqs", REGION, endpoint_url=endpoint)
    urls = {
        name: sqs.create_queue(QueueName=name, Attributes={"Policy": policy(ACCOUNT, stranger)})["QueueUrl"]
        for name, stranger in STRANGERS.items()
    }

    def principals(name):
        return sqs.get_queue_attributes(QueueUrl=urls[name], AttributeNames=["Policy"])["Attributes"]["Policy"]

    yield principals
    for url in urls.values():
        sqs.delete_queue(QueueUrl=url)


@pytest.fixture
def server(endpoint, queues, tmp_path):
    running = Server(endpoint, tmp_path, RINGWALL_FIXING_ALLOW_APPLY="true")
    yield running
    running.stop()


@pytest.fixture
def visit(server):
    """Opens a browser of its own for somebody, who has signed in."""
    with a_browser() as browser:

        def make(name, role):
            assert server.locally("users", "create", name, "--role", role, stdin=f"{PASSWORD}\n").code == 0
            page = a_context(browser, base_url=server.url).new_page()
            page.goto("/")
            page.get_by_label("User name").fill(name)
            page.get_by_label("Password").fill(PASSWORD)
            follow(page.get_by_role("button", name="Sign in"))
            assert "/sign-in" not in page.url
            return page

        yield make


def open_finding(page, name):
    """The page of the one finding on a queue, as soon as there is one."""
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"

    def found():
        page.goto(f"/console/findings?status=ALL&f=resource~eq~{arn}")
        return page.locator("tbody a[href*='/console/findings/']").count()

    until(found)
    follow(page.locator("tbody a[href*='/console/findings/']").first)
    page.get_by_role("heading", name=name).wait_for()
    return page.url


def status_of(page, address):
    page.goto(address)
    return page.locator("h1 + p .chip").last.inner_text()


def test_from_the_first_sign_in_to_a_finding_that_is_fixed(visit, queues):
    """
    Create an analyzer, read a finding, archive it, make a rule, apply a fix; and a reader changes nothing.
    """
    ada = visit("ada", "admin")
    ada.goto("/console/analyzers/new")
    ada.get_by_label("Name", exact=True).fill("walk")
    ada.locator("input[name=type][value=ACCOUNT]").check()
    follow(ada.get_by_role("button", name="Create analyzer"))

    partner = open_finding(ada, "walk-partner")
    read = ada.locator(".sentence").inner_text()
    ada.get_by_label("Reason").fill("our partner")
    follow(ada.get_by_role("button", name="Archive"))
    archived = status_of(ada, partner)

    vendor = open_finding(ada, "walk-vendor")
    follow(ada.get_by_role("link", name="Make a rule from it"))
    preview = ada.locator("section[aria-labelledby=results]").inner_text()
    follow(ada.get_by_role("button", name="Create and archive active findings"))
    ruled = status_of(ada, vendor)

    leak = open_finding(ada, "walk-leak")
    follow(ada.get_by_role("link", name="Show the fix"))
    removed = ada.locator(".line.del").all_inner_texts()
    exact = ada.get_by_text("This edit removes exactly this access.").count()

    rita = visit("rita", "reader")
    rita.goto(leak)
    offered = rita.get_by_role("button", name="Archive").count()
    rita.goto(f"{leak}/fix")
    offered += rita.get_by_role("button", name="Apply").count()
    token = rita.locator("input[name=csrf]").first.get_attribute("value")
    digest = ada.locator("input[name=digest]").get_attribute("value")
    steps = {"decide": {"status": "ARCHIVED"}, "fix": {"confirm": "apply", "digest": digest}, "rescan": {}}
    refused = [rita.request.post(f"{leak}/{step}", form={"csrf": token, **form}) for step, form in steps.items()]
    before = queues("walk-leak")

    ada.get_by_label("to have this written to AWS").fill("apply")
    follow(ada.get_by_role("button", name="Apply"))
    notice = ada.locator("[role=status]").inner_text()
    until(lambda: status_of(ada, leak) == "Resolved")

    assert STRANGERS["walk-partner"] in read
    assert (archived, ruled) == ("Archived", "Archived")
    assert "1 active finding" in preview
    assert exact == 1
    assert STRANGERS["walk-leak"] in "".join(removed)
    assert offered == 0
    assert [answer.status for answer in refused] == [403, 403, 403]
    assert STRANGERS["walk-leak"] in before
    assert "A rescan of the resource is under way" in notice
    assert STRANGERS["walk-leak"] not in queues("walk-leak")
    assert ACCOUNT in queues("walk-leak")
