"""The list and the editor of archive rules."""

import pytest

from tests.console.estate import HOSTILE, all_findings
from tests.console.reading import data_of, text_of

CRITERION = {"property": "resource", "operator": "contains", "values": "project-xyz-reports"}


@pytest.fixture
def ada(service, visitor):
    return visitor(service, "ada")


def statuses(service):
    return sorted(each.status.value for each in all_findings(service))


def rules(ada):
    return data_of(ada.get("/archive-rules", format="json"))


def test_the_editor_shows_what_a_rule_would_archive(service, ada):
    """
    Before anything is saved, and without a script: the criteria stand in the address.
    """
    text = text_of(ada.get("/archive-rules/edit", **CRITERION).text)

    assert "1 active finding would be archived" in text
    assert "ARCHIVED" not in statuses(service)
    assert rules(ada) == []


def test_the_editor_warns_of_public_findings(ada):
    """
    A rule that hides public access has to be meant.
    """
    text = text_of(
        ada.get("/archive-rules/edit", property="resourceType", operator="eq", values="AWS::S3::Bucket").text
    )

    assert "This rule can archive findings of public access." in text
    assert "2 public" in text


def test_the_editor_says_what_is_wrong_with_a_criterion(ada):
    """
    In the results, so that the criteria stay as they are written.
    """
    page = ada.get("/archive-rules/edit", property="colour", operator="eq", values="red")

    assert page.status_code == 200
    assert "`colour` is not a filter key" in text_of(page.text)


def test_a_finding_fills_the_editor(service, ada):
    """
    With criteria that mean this access: at least this finding would be archived.
    """
    for finding in all_findings(service):
        text = text_of(ada.get("/archive-rules/edit", finding=finding.id).text)
        assert "would be archived" in text
        assert "0 active findings" not in text


def test_chips_of_the_listing_fill_the_editor(ada):
    """
    A filter that was found in the listing can be made a rule.
    """
    page = ada.client.get("/console/archive-rules/edit?f=resourceType~eq~AWS::SQS::Queue&f=isPublic~eq~false").text

    assert 'value="resourceType"' in page
    assert 'value="isPublic"' in page


def test_a_rule_is_created_with_reason_owner_and_expiry(ada):
    """
    What was found before stays as it is.
    """
    about = {"name": "reports", "reason": "a partner", "owner": "Ada", "expires": "2026-12-31"}

    answer = ada.post("/archive-rules/create", {**about, **CRITERION})

    [rule] = rules(ada)
    assert answer.status_code == 303
    assert (rule["ruleName"], rule["reason"], rule["owner"]) == ("reports", "a partner", "Ada")
    assert rule["expiresAt"].startswith("2026-12-31")
    assert rule["filter"] == {"resource": {"contains": ["project-xyz-reports"]}}


def test_an_expiry_that_is_emptied_is_taken_away(ada):
    """
    One that stays in the form stays.
    """
    ada.post("/archive-rules/create", {"name": "r", "expires": "2026-12-31", **CRITERION})

    ada.post("/archive-rules/save", {"rule": "r", "expires": "2027-01-31", **CRITERION})
    [later] = rules(ada)
    ada.post("/archive-rules/save", {"rule": "r", "expires": "", **CRITERION})
    [never] = rules(ada)

    assert later["expiresAt"].startswith("2027-01-31")
    assert never.get("expiresAt") is None


def test_create_and_archive_applies_the_rule(service, ada):
    """
    To the active findings that it means, and no others.
    """
    ada.post("/archive-rules/create-and-archive", {"name": "reports", **CRITERION})

    assert statuses(service).count("ARCHIVED") == 1


def test_a_rule_is_changed_and_applied(service, ada):
    """
    The form of a rule holds what it says.
    """
    ada.post("/archive-rules/create", {"name": "r", **CRITERION})
    page = ada.get("/archive-rules/edit", rule="r").text

    ada.post("/archive-rules/save-and-archive", {"rule": "r", **CRITERION, "values": "project-xyz-orders"})

    assert "project-xyz-reports" in page
    assert [each["filter"] for each in rules(ada)] == [{"resource": {"contains": ["project-xyz-orders"]}}]
    assert [each.resource.rsplit(":")[-1] for each in all_findings(service) if each.status.value == "ARCHIVED"] == [
        "project-xyz-orders"
    ]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"values": ""}, "has no value"),
        ({"property": ""}, "here is no criterion"),
        ({"expires": "tomorrow"}, "is no day"),
        ({"expires": "2020-01-01"}, "expires in the future"),
        ({"operator": "exists", "values": "perhaps"}, "is `true` or `false`"),
        ({"name": "1 2"}, "ruleName"),
    ],
)
def test_what_makes_no_sense_is_said_in_the_form(ada, changed, told):
    """
    Nothing that was written is lost.
    """
    answer = ada.post("/archive-rules/create", {"name": "r", "reason": "kept", **CRITERION, **changed})

    assert answer.status_code == 400
    assert told in text_of(answer.text)
    assert "kept" in answer.text
    assert rules(ada) == []


def test_deleting_wants_the_word(ada):
    """
    As in AWS's console.
    """
    ada.post("/archive-rules/create", {"name": "r", **CRITERION})

    refused = ada.post("/archive-rules/delete", {"rule": "r", "confirm": "yes"})
    assert (refused.status_code, len(rules(ada))) == (400, 1)

    ada.post("/archive-rules/delete", {"rule": "r", "confirm": "delete"})
    assert rules(ada) == []


def test_a_reader_may_preview_and_sees_no_button_to_save(service, visitor):
    """
    The form is of use without the right to save it.
    """
    page = visitor(service, "rita").get("/archive-rules/edit", **CRITERION).text

    assert "1 active finding would be archived" in text_of(page)
    assert "Create rule" not in page


def test_the_token_does_not_get_into_addresses(ada):
    """
    A preview is a GET whose address people copy: the buttons carry the token, and the form does not.
    """
    form = ada.get("/archive-rules/edit").text.partition('class="rule"')[2].partition("</form>")[0]

    assert 'type="hidden" name="csrf"' not in form
    assert form.count('name="csrf"') == 2


def test_markup_in_rules_stays_text(service, ada):
    """
    In the list, in the editor, and in what is told after a step.
    """
    ada.post(
        "/archive-rules/create", {"name": "r", "reason": HOSTILE, "owner": HOSTILE, **CRITERION, "values": HOSTILE}
    )

    pages = [ada.get("/archive-rules").text, ada.get("/archive-rules/edit", rule="r").text]

    assert all("<script>alert" not in page and "<img" not in page for page in pages)
    assert all("&lt;script&gt;" in page for page in pages)
