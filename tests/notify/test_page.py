"""What the page on notifications says is so."""

import base64
import re
from pathlib import Path

from ringwall.notify.registry import KINDS
from ringwall.notify.webhook import open_webhook
from tests.notify.samples import NOON, an_event, surroundings

PAGE = (Path(__file__).parents[2] / "docs" / "notifications.md").read_text(encoding="utf-8")
SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()


def verifier():
    """The function of the page's example."""
    [example] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    names = {}
    exec(example, names)
    return names["is_genuine"]


def sent(receiver):
    open_webhook({"url": receiver.url}, SECRET, surroundings()).send(an_event())
    [got] = receiver.received
    return got


def test_the_example_takes_what_we_send(receiver):
    """
    A receiver that copies it from the page accepts our signature.
    """
    got = sent(receiver)

    assert verifier()(SECRET, got.headers, got.body, NOON.timestamp())


def test_the_example_refuses_what_we_do_not_send(receiver):
    """
    Another body, id, time or key, and what is old.
    """
    got, is_genuine, now = sent(receiver), verifier(), NOON.timestamp()
    other_key = "whsec_" + base64.b64encode(bytes(32)).decode()

    assert not is_genuine(SECRET, got.headers, got.body + b" ", now)
    assert not is_genuine(SECRET, got.headers | {"webhook-id": "another"}, got.body, now)
    assert not is_genuine(SECRET, got.headers | {"webhook-timestamp": str(int(now) + 1)}, got.body, now)
    assert not is_genuine(other_key, got.headers, got.body, now)
    assert not is_genuine(SECRET, got.headers, got.body, now + 301)


def test_every_kind_and_setting_is_on_the_page():
    """
    And none that there is not.
    """
    sections = dict(re.findall(r"^## [^\n]*`(\w+)`\n(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE))
    settings = {kind: set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)) for kind, text in sections.items()}

    assert settings == {name: set(kind.required) | set(kind.optional) for name, kind in KINDS.items()}


def test_the_event_has_the_members_on_the_page():
    """
    All of them, and no other.
    """
    table = PAGE.split("## The event")[1].split("##")[0]
    members = {
        name for row in re.findall(r"^\| (`[^|]*)\|", table, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)
    }

    assert members == set(an_event().as_json())
