"""The pages of an analyzer of unused access."""

import csv
import io
import json
import zipfile

import pytest

from ringwall.errors import NotFoundError
from ringwall.service.jobs import JOBS
from ringwall.service.operations import OPERATIONS
from ringwall.store import analyzers
from tests.console.estate import HOSTILE, all_findings
from tests.console.idle_estate import (
    ADA,
    APP,
    DENIED,
    ERROR,
    HOSTILE_ONE,
    IDLE,
    KEY,
    LONG_AGO,
    PASSWORD,
    PERMISSION,
    RECOMMENDED,
    ROLE,
    SCOPE,
    answering,
    idle_estate,
)
from tests.console.reading import data_of, links_in, text_of


@pytest.fixture
def idle(service):
    return idle_estate(service)


@pytest.fixture
def ada(service, idle, visitor):
    return visitor(service, "ada")


def page_of(browser, path, **query):
    answer = browser.get(path, analyzer=SCOPE, **query)
    assert answer.status_code == 200, answer.text
    return answer.text


def test_the_summary_has_the_numbers_of_awss_console(ada):
    """
    Roles, credentials, permissions: what could not be judged is in none of them, and said above.
    """
    text = text_of(page_of(ada, "/"))

    assert "1 Unused roles" in text
    assert "2 Unused credentials" in text
    assert "2 Unused permissions" in text
    assert "1 principal could not be judged" in text
    assert "Active findings 6" in text
    assert "Accounts with the most findings" in text


def test_numbers_of_the_summary_lead_to_as_many_findings(ada):
    """
    Each card and bar is a link to what it counts.
    """
    page = page_of(ada, "/")

    links = [each for each in links_in(page, "/console/findings?") if "findingType" in each]
    numbers = {len(data_of(ada.client.get(f"{each}&format=json"))) for each in links}
    assert len(links) == 5
    assert numbers == {1, 2}


def test_shares_say_what_is_used_and_what_nobody_can_tell(ada):
    """
    Of `billing-app`: one action used, two of s3 and all of sqs not, and one that no source tells.
    """
    text = text_of(page_of(ada, "/"))

    assert "The organization" in text
    assert "444455556666 100 % of 1 not used" in text
    assert "not known: no source tells" in text


def test_the_shares_of_many_are_those_of_a_sample(ada, monkeypatch):
    """
    And the page says so.
    """
    monkeypatch.setattr("ringwall.console.principal_shares.SAMPLE", 2)

    assert "Measured over a sample of 2 of 5 users and roles." in text_of(page_of(ada, "/"))


def test_the_list_has_the_columns_of_awss_console(ada):
    """
    With our confidence beside them.
    """
    text = text_of(page_of(ada, "/findings"))

    heads = "Finding ID Finding type IAM entity AWS account ID Confidence Last updated"
    assert heads.replace(" ", "") in text.replace(" ", "").replace("▼", "")
    assert "Unused role" in text
    assert "Unused permission 1 service, 2 actions" in text
    assert "Unused access key AKIAIOSFODNN7EXAMPLE ada IAM user" in text
    assert "not analyzed: ACCESS_DENIED" in text
    assert "By cause" not in text


@pytest.mark.parametrize(
    ("chip", "number"),
    [
        ("findingType~eq~UnusedIAMRole", 1),
        ("findingType~eq~UnusedPermission", 3),
        ("resourceType~eq~AWS::IAM::User", 2),
        ("resourceOwnerAccount~eq~777788889999", 1),
        ("error~exists~true", 1),
        ("resource~contains~billing", 1),
    ],
)
def test_filters_narrow_the_list(ada, chip, number):
    """
    As chips, each of which can be taken away again.
    """
    rows = data_of(ada.get("/findings", analyzer=SCOPE, f=chip, format="json"))

    assert len(rows) == number
    assert "Remove the filter" in page_of(ada, "/findings", f=chip)


def test_the_list_comes_as_a_file(ada):
    """
    With every value, and no cell that a spreadsheet takes for a formula.
    """
    rows = list(csv.DictReader(io.StringIO(ada.get("/findings", analyzer=SCOPE, format="csv").text)))

    key = next(row for row in rows if row["findingType"] == "UnusedIAMUserAccessKey")
    assert len(rows) == 6
    assert (key["resource"], key["confidence"]) == (ADA.arn, "MEDIUM")
    assert not any(cell[:1] in {"=", "+", "-", "@"} for row in rows for cell in row.values())


def test_findings_are_archived_in_bulk(ada, idle):
    """
    Through the operation that archives all findings.
    """
    ids = [("id", idle.ids[each.id]) for each in (KEY, PASSWORD)]
    fields = [("status", "ARCHIVED"), ("reason", "break glass"), *ids]

    answer = ada.post(f"/findings?analyzer={SCOPE}", fields)

    assert answer.status_code == 303
    rows = data_of(ada.get("/findings", analyzer=SCOPE, status="ARCHIVED", format="json"))
    assert {row["findingType"] for row in rows} == {"UnusedIAMUserAccessKey", "UnusedIAMUserPassword"}


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (ROLE, f"The IAM role migration-2024 was last used on {LONG_AGO:%Y-%m-%d}, and not for 90 days or more since."),
        (KEY, f"An access key of the IAM user ada was last used on {LONG_AGO:%Y-%m-%d}"),
        (PASSWORD, "The console password of the IAM user ada has not been used for 90 days or more"),
        (
            PERMISSION,
            "for 90 days or more it has not used 1 service and 2 actions of 1 other service.",
        ),
        (ERROR, "What the IAM role unreadable uses could not be found out, so nothing about it is called unused."),
    ],
)
def test_a_finding_says_in_one_sentence_what_it_is(ada, idle, found, words):
    """
    Whatever its type; without naming the analyzer in the address, too.
    """
    assert words in text_of(ada.get(idle.address(found)).text)


def test_a_finding_shows_its_evidence(ada, idle):
    """
    Which sources, from when to when, what was missing, what comes back, and how sure it is.
    """
    text = text_of(ada.get(idle.address(PERMISSION)).text)

    assert "Confidence: medium." in text
    assert "IAM's last-accessed report 2024-12-27 2026-01-31 action by action, where AWS tracks it" in text
    assert "CloudTrail 2025-01-31 2026-01-31" in text
    assert "There is no trail in us-east-1." in text
    assert "s3:PutBucketPolicy : quarterly, seen in 2025-06, 2025-09, 2025-12" in text
    assert "1 granted action of services in use that no source can tell" in text


def test_a_finding_names_services_and_actions(ada, idle):
    """
    What was never used, and of what only a part.
    """
    text = text_of(ada.get(idle.address(PERMISSION)).text)

    assert "Not used at all: 1 service sqs no use known" in text
    assert f"CreateBucket last on {LONG_AGO:%Y-%m-%d}" in text
    assert "DeleteBucket no use known" in text


def test_around_a_finding_everything_is_about_its_analyzer(ada, idle):
    """
    Though the address does not name it, and another one is the first.
    """
    page = ada.get(idle.address(ROLE)).text

    assert 'aria-current="page">Unused access</a>' in page
    assert links_in(page, "/console/principals") == [
        f"/console/principals?analyzer={SCOPE.replace('/', '%2F')}",
        f"/console/principals/detail?analyzer={SCOPE.replace('/', '%2F')}&arn={IDLE.arn.replace(':', '%3A').replace('/', '%2F')}",
    ]


def test_an_error_finding_has_no_recommendation(ada, idle):
    """
    It says what went wrong.
    """
    page = ada.get(idle.address(ERROR)).text

    assert "ACCESS_DENIED : the last-accessed report was refused" in text_of(page)
    assert "/recommendation" not in page


def test_a_rule_is_made_from_a_finding(ada, idle):
    """
    About the entity and the type: the finding is archived by it.
    """
    asked = text_of(ada.get(f"{idle.address(PASSWORD)}/rule").text)
    answer = ada.post(
        f"{idle.address(PASSWORD)}/rule",
        [("use", "resource"), ("use", "findingType"), ("name", "people"), ("reason", "planned")],
    )

    assert "findingType is UnusedIAMUserPassword" in asked
    assert "1 active finding" in asked
    assert answer.status_code == 303
    assert "Archived" in text_of(ada.get(idle.address(PASSWORD)).text)
    assert "Active" in text_of(ada.get(idle.address(KEY)).text)


def test_from_a_finding_all_principals_are_looked_at_again(ada, idle):
    """
    There is no scan of one principal: the button asks for what the service has.
    """
    address = idle.address(ROLE)
    shown = ada.get(address).text
    answer = ada.post(f"{address.partition('?')[0]}/rescan", {})

    assert "Scan now" in text_of(shown)
    assert answer.status_code == 303
    assert "All users and roles are looked at again" in text_of(ada.get(address).text)


# --- the recommendation ---


def test_a_recommendation_is_asked_for(ada, idle, monkeypatch):
    """
    Nobody has asked yet: the button does.
    """
    asked = answering(monkeypatch, NotFoundError("there is none", resource_id="", resource_type="Recommendation"))
    address = f"{idle.address(PERMISSION)}/recommendation"

    page = ada.get(address).text
    answer = ada.post(address)

    assert "There is none yet" in page
    assert asked == [idle.ids[PERMISSION.id]]
    assert answer.headers["location"].startswith(f"/console{address}")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"status": "IN_PROGRESS"}, "It is being worked out Begun"),
        (
            {"status": "FAILED", "error": {"code": "InvalidRequest", "message": "the role is gone"}},
            "There is no recommendation InvalidRequest : the role is gone",
        ),
    ],
)
def test_progress_and_failure_are_told(ada, idle, monkeypatch, changes, words):
    """
    With the reason, where there is one.
    """
    answering(monkeypatch, {**RECOMMENDED, "recommendedSteps": [], **changes})

    assert words in text_of(ada.get(f"{idle.address(PERMISSION)}/recommendation").text)


def test_the_recommended_policy_stands_beside_the_existing_one(ada, idle, monkeypatch):
    """
    With the lines that differ marked on both sides.
    """
    answering(monkeypatch, RECOMMENDED)

    page = ada.get(f"{idle.address(PERMISSION)}/recommendation").text

    left, _, right = page.partition("<h3>Recommended policy</h3>")
    assert (
        '<div class="line del"><span class="sign">−</span><code>        &#34;s3:CreateBucket&#34;,</code></div>' in left
    )
    assert "sqs:SendMessage" in left
    assert "sqs:SendMessage" not in right
    assert left.count('class="line ') == right.count('class="line ')
    assert "Create the recommended policy." in text_of(page)
    assert "Detach the existing policy." in text_of(page)


def test_a_recommendation_is_worked_out(service, ada, idle):
    """
    By the service itself: with what the policy engine shows of it, commands, and their undo.
    """
    address = f"{idle.address(PERMISSION)}/recommendation"

    ada.post(address)
    waiting = text_of(ada.get(address).text)
    for kind, payload in service.take():
        JOBS[kind](service.work, payload)
    page = ada.get(address).text
    text = text_of(page)

    assert "It is being worked out" in waiting
    assert "Replace the document in place. The inline policy access is changed where it is." in text
    assert "Proven The new policies allow nothing that the old ones did not" in text
    assert "aws iam put-role-policy --cli-input-json" in text
    assert "Undo" in text
    assert f"ringwall fix {idle.ids[PERMISSION.id]} --analyzer" in text


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (ROLE, "Delete the role. Nobody used the role migration-2024"),
        (KEY, "Deactivate the access key. Nobody used the access key AKIAIOSFODNN7EXAMPLE"),
        (PASSWORD, "Delete the password. Nobody signed in to the console as ada"),
    ],
)
def test_what_to_do_about_the_other_types_is_said_at_once(ada, idle, found, words):
    """
    AWS has no recommendation for them: nothing is asked for, and nothing has to be waited for.
    """
    page = ada.get(f"{idle.address(found)}/recommendation").text

    assert words in text_of(page)
    assert "Work it out anew" not in page
    assert "AWS's own service recommends nothing in this case." in text_of(page)
    assert "aws iam " in page


def test_recommended_policies_come_as_a_zip(ada, idle, monkeypatch):
    """
    One JSON file for each.
    """
    answering(monkeypatch, RECOMMENDED)

    answer = ada.get(f"{idle.address(PERMISSION)}/recommendation/policies")

    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        [name] = archive.namelist()
        document = json.loads(archive.read(name))
    assert name == "01-access.json"
    assert document["Statement"][0]["Action"] == ["s3:GetObject", "s3:ListAllMyBuckets"]
    assert answer.headers["content-type"] == "application/zip"


def test_the_recommendation_of_external_access_is_its_fix(service, ada):
    """
    The page says so; and the other way round an unused finding has no fix, but a recommendation.
    """
    found = all_findings(service)[0]

    assert "has a fix" in ada.get(f"/findings/{found.id}/recommendation").text
    assert ada.get(f"/findings/{found.id}/recommendation/policies").status_code == 404


def test_the_fix_of_an_unused_finding_is_its_recommendation(ada, idle):
    """
    Addresses that somebody wrote by hand lead there.
    """
    answer = ada.get(f"{idle.address(ROLE)}/fix")

    assert answer.headers["location"].startswith(f"/console{idle.address(ROLE)}/recommendation")


# --- principals ---


def test_principals_have_a_bar_of_granted_against_used(ada):
    """
    A row for each user and role, with what it did last.
    """
    text = text_of(page_of(ada, "/principals"))

    assert "billing-app IAM role 111122223333 1 2026-01-30" in text
    assert "67 % of 6 not used" in text
    assert "unreadable IAM role 777788889999 0 None known 1 granted, use not known Not analyzed ACCESS_DENIED" in text


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"type": "AWS::IAM::User"}, {"ada"}),
        ({"account": "444455556666"}, {"migration-2024"}),
        ({"q": "billing"}, {"billing-app"}),
        ({"state": "unknown"}, {"unreadable"}),
        ({"state": "private"}, set()),
    ],
)
def test_the_list_of_principals_is_narrowed(ada, query, names):
    """
    All filters hold together, and the file has the same rows as the page.
    """
    rows = data_of(ada.get("/principals", analyzer=SCOPE, **query, format="json"))

    assert {row["resource"].rsplit("/", 1)[-1] for row in rows} == names


def test_what_is_granted_is_worked_out_for_one_page_only(ada, monkeypatch):
    """
    Neither downloads nor other pages wait for it.
    """
    monkeypatch.setattr("ringwall.console.resource_rows._PAGE", 2)
    asked = []
    monkeypatch.setattr("ringwall.console.principals.share_of", lambda *each: asked.append(each))

    page = page_of(ada, "/principals")
    data_of(ada.get("/principals", analyzer=SCOPE, format="json"))

    assert len(asked) == 2
    assert "Next →" in page


def test_a_principal_shows_its_services(ada):
    """
    Granted, used, not used, not known; when and where last.
    """
    rows = data_of(ada.get("/principals/detail", analyzer=SCOPE, arn=APP.arn, format="json"))

    by_name = {row.pop("serviceNamespace"): row for row in rows}
    assert by_name["s3"] == {
        "grantedActions": 4,
        "usedActions": 1,
        "unusedActions": 2,
        "unknownActions": 1,
        "share": 50.0,
        "lastAccessed": "2026-01-30T12:00:00+00:00",
        "lastAccessedRegion": "eu-west-1",
    }
    assert (by_name["sqs"]["unusedActions"], by_name["sqs"]["lastAccessed"]) == (2, None)


@pytest.mark.parametrize(
    ("use", "actions"),
    [
        ("used", ["s3:ListAllMyBuckets"]),
        ("unused", ["s3:CreateBucket", "s3:DeleteBucket"]),
        ("unknown", ["s3:GetObject"]),
        ("", ["s3:CreateBucket", "s3:DeleteBucket", "s3:GetObject", "s3:ListAllMyBuckets"]),
    ],
)
def test_the_actions_of_a_service_are_filtered_by_use(ada, use, actions):
    """
    An action of a service in use that no source tells apart is never among the unused ones.
    """
    query = {"arn": APP.arn, "service": "s3", "use": use}

    rows = data_of(ada.get("/principals/detail", analyzer=SCOPE, **query, format="json"))

    assert [row["action"] for row in rows] == actions
    assert "Actions of s3" in text_of(page_of(ada, "/principals/detail", **query))


def test_where_nothing_was_read_nothing_is_called_unused(ada):
    """
    There is no report about this role: what it is granted may be in use.
    """
    [row] = data_of(ada.get("/principals/detail", analyzer=SCOPE, arn=DENIED.arn, format="json"))

    assert (row["grantedActions"], row["unusedActions"], row["unknownActions"]) == (1, 0, 1)


def test_a_user_shows_whence_it_has_its_access(ada):
    """
    Groups, policies, the boundary, keys and password.
    """
    text = text_of(page_of(ada, "/principals/detail", arn=ADA.arn))

    assert "Through the group engineers, of 12 members; attached 3 times" in text
    assert "Permissions boundary" in text
    assert "AKIAIOSFODNN7EXAMPLE Active" in text
    assert "AKIAI44QH8DHBEXAMPLE Inactive 2025-07-15 12:00 UTC Could not be read" in text
    assert "no use of it is known" in text
    assert "CloudTrail from 2025-01-31 to 2026-01-31, without us-east-1; data events are not in it." in text


def test_a_policy_that_cannot_be_read_is_said(ada, idle):
    """
    The page of the principal is there all the same, and its markup is text.
    """
    pages = [
        page_of(ada, "/principals/detail", arn=HOSTILE_ONE.resource),
        ada.get(idle.address(HOSTILE_ONE)).text,
        page_of(ada, "/findings"),
    ]

    assert "could not be worked out" in pages[0]
    assert all(HOSTILE not in page and "<img" not in page for page in pages)
    assert all("&lt;script&gt;" in page for page in pages[:2])


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"arn": "arn:aws:iam::111122223333:role/none"}, 404),
        ({"arn": APP.arn, "service": "ec2"}, 404),
        ({"arn": APP.arn, "use": "x"}, 400),
    ],
)
def test_what_there_is_not_is_said(ada, query, status):
    """
    A slip in an address does not read as nothing.
    """
    assert ada.get("/principals/detail", analyzer=SCOPE, **query).status_code == status


# --- the two kinds of analyzers ---


@pytest.mark.parametrize("path", ["/map", "/resources", "/resources/s3", "/findings?group=cause"])
def test_pages_of_external_access_say_so(ada, path):
    """
    They neither break nor are empty, and lead to an analyzer that they are about.
    """
    page = ada.client.get(f"/console{path}{'&' if '?' in path else '?'}analyzer={SCOPE}")

    assert page.status_code == 200
    assert "This page is about analyzers of external access. idle looks for unused access." in text_of(page.text)
    assert "analyzer=eu-west-1%2Fone" in page.text


@pytest.mark.parametrize("path", ["/principals", f"/principals/detail?arn={APP.arn}"])
def test_pages_of_unused_access_say_so(ada, path):
    """
    The same the other way round.
    """
    page = ada.client.get(f"/console{path}")

    assert page.status_code == 200
    assert "This page is about analyzers of unused access." in text_of(page.text)


def test_a_principal_among_resources_leads_to_its_page(ada):
    """
    Archive rules and others link to resources by ARN.
    """
    answer = ada.get("/resources/detail", analyzer=SCOPE, arn=APP.arn)

    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/console/principals/detail?")


def test_the_analyzer_shows_its_configuration(ada):
    """
    As words, and as a form that changes it.
    """
    page = page_of(ada, "/analyzers/detail")
    text = text_of(page)

    assert "Looks for Unused access" in text
    assert "Tracking period 90 days" in text
    assert "Accounts left out 222233334444" in text
    assert "stage=, team=red" in text
    assert 'name="age"' in page


def sent(monkeypatch, operation):
    """What the operation is asked, which answers nothing."""
    requests = []
    monkeypatch.setitem(
        OPERATIONS, operation, lambda _ringwall, _caller, request: requests.append(request) or {"arn": "a"}
    )
    return requests


def test_an_analyzer_of_unused_access_is_created(ada, monkeypatch):
    """
    With its tracking period and exclusions, in the API's shape.
    """
    requests = sent(monkeypatch, "create_analyzer")
    fields = {
        "name": "tidy",
        "type": "ORGANIZATION_UNUSED_ACCESS",
        "age": "120",
        "excluded_accounts": "222233334444, 333344445555",
        "excluded_tags": "team=red, stage=\n\nowner=nobody",
    }

    answer = ada.post("/analyzers/create", fields)

    assert answer.status_code == 303
    [request] = requests
    assert request["configuration"] == {
        "unusedAccess": {
            "unusedAccessAge": 120,
            "analysisRule": {
                "exclusions": [
                    {"accountIds": ["222233334444", "333344445555"]},
                    {"resourceTags": [{"team": "red", "stage": ""}, {"owner": "nobody"}]},
                ]
            },
        }
    }


def test_external_analyzers_are_created_without_a_configuration(ada, monkeypatch):
    """
    The fields for unused access are there without script, and mean nothing then.
    """
    requests = sent(monkeypatch, "create_analyzer")

    ada.post("/analyzers/create", {"name": "wide", "type": "ACCOUNT", "age": "90"})

    assert "configuration" not in requests[0]


@pytest.mark.parametrize("fields", [{"age": "soon"}, {"age": "90", "excluded_tags": "=red"}])
def test_what_makes_no_configuration_is_said_in_the_form(ada, fields):
    """
    And what was written stays.
    """
    answer = ada.post("/analyzers/create", {"name": "tidy", "type": "ACCOUNT_UNUSED_ACCESS", **fields})

    assert answer.status_code == 400
    assert 'value="tidy"' in answer.text


def test_the_configuration_is_changed(service, idle, ada, monkeypatch):
    """
    An exclusion that the form cannot say, some accounts by tag, stays as it is.
    """
    both = {"accountIds": ["333344445555"], "resourceTags": [{"a": "b"}]}
    rule = {"exclusions": [{"accountIds": ["222233334444"]}, both]}
    with service.store.write() as connection:
        changed = {"unusedAccess": {"unusedAccessAge": 90, "analysisRule": rule}}
        analyzers.update(connection, idle.analyzer.key, configuration=changed)
    requests = sent(monkeypatch, "update_analyzer")

    ada.post("/analyzers/update", {"analyzer": SCOPE, "age": "30", "minutes": "1440"})

    unused = requests[0]["configuration"]["unusedAccess"]
    assert unused == {"unusedAccessAge": 30, "analysisRule": {"exclusions": [both]}}
    assert "a=b in 333344445555" in text_of(page_of(ada, "/analyzers/detail"))
