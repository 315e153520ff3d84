"""Access previews: the list, the form, and the page of one."""

import json

import pytest

from ringwall.console.preview_form import PreviewForm
from ringwall.errors import ValidationError
from ringwall.resources.base import Resource
from ringwall.store import analyzers
from tests.console.estate import HOSTILE, opened_again, scanned
from tests.console.preview_estate import ARN, ORDERS, OWN, SCOPE, STRANGER, WEBSITE, account_service, made, policy_for
from tests.console.reading import data_of, links_in, text_of
from tests.service.work_for_tests import ACCOUNT, REGION

ELSEWHERE = "arn:aws:sqs:eu-west-1:222233334444:orders"


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    return scanned(tmp_path_factory.mktemp("previews"), "account", account_service)


@pytest.fixture
def service(template, tmp_path):
    with opened_again(template, tmp_path) as made_again:
        yield made_again


@pytest.fixture
def ada(service, visitor):
    return visitor(service, "ada")


def send(browser, **fields):
    form = {"resource": ORDERS, "kind": "sqsQueue", "configuration": json.dumps({"queuePolicy": ""}), **fields}
    return browser.post(f"/previews/create?analyzer={SCOPE}", form)


def fault(page, name):
    """What is said at a field."""
    assert f'aria-describedby="fault-{name}"' in page
    told = page.partition(f'id="fault-{name}">')[2].partition("</span>")[0]
    return text_of(f"<main>{told}</main>")


def test_the_page_says_what_would_change(service, ada):
    """
    Who comes, who goes, and which finding it is now.
    """
    preview = made(service, policy_for(STRANGER))

    page = ada.get(f"/previews/{preview}").text

    assert "Completed" in text_of(page)
    assert "1 new, 2 changed, 0 unchanged" in text_of(page)
    assert f"New Active — {STRANGER} sqs:SendMessage —" in text_of(page)
    assert f"Active {WEBSITE} sqs:SendMessage —" in text_of(page)
    existing = links_in(page, "/console/findings/")
    assert len(existing) == 2
    assert ada.client.get(existing[0]).status_code == 200


def test_findings_of_a_preview_are_a_file(service, ada):
    """
    With all that the API says of them.
    """
    preview = made(service, policy_for(STRANGER, WEBSITE))

    rows = data_of(ada.get(f"/previews/{preview}", format="json"))

    assert sorted((row["principal"]["AWS"], row["changeType"], row["status"]) for row in rows) == [
        (STRANGER, "NEW", "ACTIVE"),
        (WEBSITE, "UNCHANGED", "ACTIVE"),
        ("999988887777", "CHANGED", "RESOLVED"),
    ]
    assert [row["existingFindingStatus"] for row in rows if row["changeType"] == "NEW"] == [""]


def test_findings_of_a_preview_can_be_filtered(service, ada):
    """
    By the properties that previews alone have, too; the file follows.
    """
    preview = made(service, policy_for(STRANGER, WEBSITE))

    asked = ada.get(f"/previews/{preview}", property="changeType", operator="eq", value="NEW")
    page = ada.client.get(asked.headers["location"]).text

    assert "Change is NEW" in text_of(page)
    assert STRANGER in text_of(page)
    assert "999988887777" not in text_of(page)
    [file] = [each for each in links_in(page, f"/console/previews/{preview}?") if each.endswith("json")]
    assert [row["changeType"] for row in ada.client.get(file).json()] == ["NEW"]


def test_a_filter_that_there_is_not_is_said(service, ada):
    """
    As the API says it.
    """
    preview = made(service, policy_for(STRANGER))

    answer = ada.get(f"/previews/{preview}", f="colour~eq~red")

    assert answer.status_code == 400
    assert "colour" in text_of(answer.text)


def test_a_preview_is_followed_until_it_is_answered(service, ada):
    """
    By script, or by a link. Until then an empty file would say that nobody has access.
    """
    preview = made(service, policy_for(STRANGER), is_answered=False)

    before = ada.get(f"/previews/{preview}").text
    file = ada.get(f"/previews/{preview}", format="csv")
    service.do("preview", id=preview)
    after = ada.get(f"/previews/{preview}").text

    assert "It is being worked out." in text_of(before)
    assert 'hx-trigger="load delay:2s"' in before
    assert f"/console/previews/{preview}?analyzer=eu-west-1%2Faccount" in links_in(before, "/console/previews/")
    assert file.status_code == 400
    assert "its status is CREATING" in text_of(file.text)
    assert "hx-trigger" not in after


def test_why_a_preview_failed_is_said(service, ada):
    """
    With the place in the policy, and a way to change it.
    """
    preview = made(service, '{"Version": "2012-10-17", "Statement": [{"Effect": "Maybe"}]}')

    page = ada.get(f"/previews/{preview}").text

    assert "A configuration like this cannot be: at $.Statement[0].Effect: unknown effect Maybe" in text_of(page)
    assert "INVALID_CONFIGURATION" in text_of(page)
    [again] = links_in(page, "/console/previews/new")
    assert "&#34;Effect&#34;: &#34;Maybe&#34;" in ada.client.get(again).text


def test_nobody_gets_in_where_nothing_is_shared(service, ada):
    """
    Of a resource that is not there yet, there is no page.
    """
    preview = made(service, "", resource=OWN)

    page = ada.get(f"/previews/{preview}").text

    assert "Nobody outside the zone of trust would have access." in text_of(page)
    assert "not known to the analyzer" in text_of(page)
    assert links_in(page, "/console/resources/detail") == []


def test_previews_are_listed_the_newest_first(service, ada):
    """
    With how many findings change; where that is not known yet, with none.
    """
    first = made(service, policy_for(STRANGER))
    service.clock.move(seconds=30)
    second = made(service, policy_for(), resource=OWN, is_answered=False)

    rows = data_of(ada.get("/previews", analyzer=SCOPE, format="json"))

    assert [(row["id"], row["resource"], row["status"]) for row in rows] == [
        (second, OWN, "CREATING"),
        (first, ORDERS, "COMPLETED"),
    ]
    assert [(row["new"], row["changed"], row["unchanged"]) for row in rows] == [(None, None, None), (1, 2, 0)]
    assert "to-come" in text_of(ada.get("/previews", analyzer=SCOPE).text)


def test_the_list_has_pages(service, ada):
    """
    Of 25 rows.
    """
    for _ in range(26):
        made(service, "", is_answered=False)

    page = ada.get("/previews", analyzer=SCOPE).text
    [later] = [each for each in links_in(page, "/console/previews?") if "after=25" in each]

    assert page.count("<tr") == 26
    assert ada.client.get(later).text.count("<tr") == 2


def test_before_there_is_a_preview_the_page_says_so(ada):
    """
    With an analyzer of an organization, why there are none, and which analyzer may have some.
    """
    page = ada.get("/previews", analyzer=SCOPE).text

    assert "No preview was made in the last hour." in text_of(page)
    assert links_in(page, "/console/previews/new")
    for path in ("/previews", "/previews/new"):
        page = ada.get(path, analyzer="eu-west-1/one").text

        assert "one is of type ORGANIZATION" in text_of(page)
        assert "/console/previews?analyzer=eu-west-1%2Faccount" in links_in(page, "/console/previews?")


def test_a_resource_is_previewed_as_it_is_with_a_change(service, ada):
    """
    The form is filled in from the resource's page; what it sends unchanged changes nothing.
    """
    page = ada.get("/resources/detail", analyzer=SCOPE, arn=ORDERS).text
    [link] = links_in(page, "/console/previews/new")
    form = text_of(ada.client.get(link).text.replace("&#34;", '"'))
    configuration = form[form.index("{") : form.rindex("} What each kind has") + 1]

    sent = send(ada, configuration=configuration)
    preview = sent.headers["location"].partition("/previews/")[2].partition("?")[0]
    service.do("preview", id=preview)

    assert sent.status_code == 303
    assert '"Sid": "WebsiteOrders"' in configuration
    assert "0 new, 0 changed, 2 unchanged" in text_of(ada.client.get(sent.headers["location"]).text)


def test_what_the_api_cannot_say_is_left_out_of_the_form(service, ada):
    """
    And so stays as it is: a grant that a source ARN narrows would be sent as one that nothing narrows.
    """
    grant = {
        "granteePrincipal": f"arn:aws:iam::{STRANGER}:root",
        "operations": ["Decrypt"],
        "constraints": {"sourceArn": "arn:aws:s3:::a-bucket"},
        "issuingAccount": f"arn:aws:iam::{ACCOUNT}:root",
    }
    configuration = {"keyPolicies": {"default": policy_for(ACCOUNT)}, "grants": [grant]}
    key = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1"
    service.source.resources.append(Resource(key, "AWS::KMS::Key", ACCOUNT, REGION, configuration))
    with service.store.read() as connection:
        analyzer = analyzers.find(connection, ARN)
    service.scan(analyzer)

    form = text_of(ada.get("/previews/new", analyzer=SCOPE, resource=key, type="AWS::KMS::Key").text)

    assert '"keyPolicies": {' in form
    assert '"grants"' not in form
    assert "Left out, as the API cannot say all of it: grants . It stays as it is." in form


def test_a_change_is_offered_where_a_preview_can_be_about_it(ada):
    """
    The API has no configuration of functions; and an analyzer of an organization makes no previews.
    """
    function = "arn:aws:lambda:eu-west-1:777788889999:function:website-contact-form"

    for arn, scope in ((function, SCOPE), (ORDERS, "eu-west-1/one")):
        page = ada.get("/resources/detail", analyzer=scope, arn=arn).text

        assert links_in(page, "/console/previews/new") == []


def test_a_form_for_a_resource_that_is_not_known_is_none(ada):
    """
    It may have been deleted meanwhile.
    """
    answer = ada.get("/previews/new", analyzer=SCOPE, resource=OWN, type="AWS::SQS::Queue")

    assert answer.status_code == 404
    assert "to-come" in text_of(answer.text)


FAULTS = [
    ({"configuration": '{"queuePolicy": "",}'}, "configuration", "this is no JSON"),
    ({"configuration": "[]"}, "configuration", "an object is expected"),
    ({"configuration": "[" * 5000}, "configuration", "this is nested too deeply"),
    ({"configuration": '{"queuePolicy": 7}'}, "configuration", "at queuePolicy : Member must be a string"),
    ({"configuration": '{"queuePolice": ""}'}, "configuration", "take queuePolice out"),
    ({"resource": "orders"}, "resource", "orders is not the ARN of a resource of type AWS::SQS::Queue"),
    ({"kind": "s3Bucket", "configuration": "{}"}, "resource", f"{ORDERS} is not the ARN of a resource of type AWS::S3"),
    ({"resource": ELSEWHERE}, "resource", f"{ELSEWHERE} is in another account or Region"),
    ({"resource": "\0"}, "resource", "Member must not contain NUL"),
    ({"kind": "function"}, "kind", "there is no kind function"),
]


def test_what_is_wrong_is_said_at_its_field(ada):
    """
    And the form stays filled in: above all, a slip in a name must not read as `nothing changes`.
    """
    answers = [(send(ada, **fields), name, told) for fields, name, told in FAULTS]

    assert [answer.status_code for answer, _, _ in answers] == [400] * len(FAULTS)
    for answer, name, told in answers:
        assert fault(answer.text, name).startswith(told)
        assert 'action="/console/previews/create?analyzer=eu-west-1%2Faccount"' in answer.text


def test_a_slip_within_a_configuration_is_said():
    """
    With its place.
    """
    points = {"arn:aws:s3:eu-west-1:444455556666:accesspoint/one": {"accessPointPolice": "", "networkOrigin": None}}
    written = PreviewForm("arn:aws:s3:::a-bucket", "s3Bucket", json.dumps({"accessPoints": points}))

    with pytest.raises(ValidationError, match=r"take `accessPoints\..*accesspoint/one\.accessPointPolice` out"):
        written.configurations()


def test_policies_may_be_objects():
    """
    The API has them as texts: so they are sent.
    """
    policy = {"Version": "2012-10-17", "Statement": []}
    key = PreviewForm(
        "arn:aws:kms:eu-west-1:444455556666:key/1", "kmsKey", json.dumps({"keyPolicies": {"default": policy}})
    )

    [configuration] = key.configurations().values()

    assert json.loads(configuration["kmsKey"]["keyPolicies"]["default"]) == policy


def test_a_preview_that_is_gone_is_not_found(service, visitor):
    """
    After a day. What is no id at all was never there.
    """
    preview = made(service, policy_for(STRANGER))
    service.clock.move(hours=25)
    ada = visitor(service, "ada")

    for path in (f"/previews/{preview}", "/previews/nothing"):
        answer = ada.get(path)

        assert answer.status_code == 404
        assert "there is no access preview" in text_of(answer.text)


def test_a_reader_sees_previews_and_makes_none(service, visitor):
    """
    No button is drawn.
    """
    rita = visitor(service, "rita")
    preview = made(service, policy_for(STRANGER))

    pages = [rita.get(f"/previews/{preview}").text, rita.get("/previews", analyzer=SCOPE).text]

    assert STRANGER in text_of(pages[0])
    assert "project-xyz-orders" in text_of(pages[1])
    assert [links_in(each, "/console/previews/new") for each in pages] == [[], []]
    assert rita.get("/previews/new", analyzer=SCOPE).status_code == 403


def test_nothing_of_a_preview_is_markup(service, ada):
    """
    What somebody proposes may be hostile.
    """
    statement = {
        "Sid": HOSTILE,
        "Effect": "Allow",
        "Principal": "*",
        "Action": "sqs:SendMessage",
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:SourceVpc": HOSTILE}},
    }
    preview = made(service, json.dumps({"Version": "2012-10-17", "Statement": [statement]}))

    page = ada.get(f"/previews/{preview}").text

    assert HOSTILE in text_of(page).replace('\\"', '"')
    assert "<script>alert" not in page


def test_who_makes_a_preview_is_in_the_audit_log(ada):
    """
    The call is the API's.
    """
    assert send(ada).status_code == 303

    assert "CreateAccessPreview" in text_of(ada.get("/settings/audit").text)


def test_an_analyzer_that_is_not_active_is_said_above_the_form(service, ada):
    """
    It is about no field.
    """
    with service.store.write() as connection:
        analyzers.update(connection, analyzers.find(connection, ARN).key, status="DISABLED")

    answer = send(ada)

    assert answer.status_code == 400
    assert "the analyzer account is not active" in text_of(answer.text)
