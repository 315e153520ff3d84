"""IAM over HTTP, as far as moto has it, and the rest faked: the one place that says which is which.

moto answers: users, roles, groups, policies, boundaries of roles, keys, login profiles, the credential report.
Faked here: GenerateServiceLastAccessedDetails and GetServiceLastAccessedDetails, and PutUserPermissionsBoundary (kept
here, and written into moto's GetAccountAuthorizationDetails). moto has none of them, and no page in its answers.
Everything else, other services included, goes to moto, in this process and with its state.
"""

from __future__ import annotations

import io
import logging
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Lock, Thread
from urllib.parse import parse_qsl
from xml.etree import ElementTree as ET

from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

_JOBS = ("GenerateServiceLastAccessedDetails", "GetServiceLastAccessedDetails")
_NAMESPACE = "https://iam.amazonaws.com/doc/2010-05-08/"
_NAMES = ("UserName", "RoleName", "AccessKeyId")
"""Parameters that say what a call is about."""
_REFUSALS = {"AccessDenied": 403, "NoSuchEntity": 404}


@dataclass(frozen=True)
class Accessed:
    """A service of a report: when it was last used, and the tracked actions, each with its time or None."""

    namespace: str
    at: datetime | None = None
    actions: dict | None = None
    region: str = "eu-west-1"


@dataclass
class _Job:
    arn: str
    started: datetime
    polls: int = 0
    done: datetime | None = None


@dataclass
class FakeIam:
    """Serves while it is a context. What it is told may change at any time.

    `faults` maps ARNs of principals, or ids of jobs, to what goes wrong with their reports: `fails`, `never-ends`,
    `throttled`, `denied`, `lost` (its jobs are not found), `refused` (its jobs may not be read), `truncated` (a page
    without a way to the next), `cut` (the second page is refused).
    """

    reports: dict = field(default_factory=dict)
    """ARN to the `Accessed` of its report; none: an empty report."""
    faults: dict = field(default_factory=dict)
    refused: dict = field(default_factory=dict)
    """Actions of IAM to the error that each is refused with: `GetLoginProfile`, or `GetLoginProfile ada` for one."""
    closed: set = field(default_factory=set)
    """Paths in S3, such as `/bucket/AWSLogs`, below which nothing may be read."""
    polls: int = 1
    """How often a job is asked about before it is done."""
    page: int = 1000
    """How many services are on a page."""
    pages: dict = field(default_factory=dict)
    """The same for one principal, by its ARN."""
    now: datetime = datetime(2026, 3, 1, 12, tzinfo=UTC)
    calls: Counter = field(default_factory=Counter)
    """Actions of IAM that were called; jobs with the ARN behind."""
    jobs: dict = field(default_factory=dict)
    boundaries: dict = field(default_factory=dict)
    """Of users: name to ARN of the policy."""
    _lock: Lock = field(default_factory=Lock)

    def __enter__(self):
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._server = make_server("127.0.0.1", 0, self._answer, threaded=True)
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self):
        return f"http://127.0.0.1:{self._server.server_port}"

    def _answer(self, environ, start_response):
        """WSGI: what is IAM's and faked here, or moto's answer."""
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        if any(environ["PATH_INFO"].startswith(each) for each in self.closed):
            start_response("403 Forbidden", [("Content-Type", "application/xml")])
            return [b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"]
        is_iam = "/iam/aws4_request" in environ.get("HTTP_AUTHORIZATION", "")
        form = dict(parse_qsl(body.decode())) if is_iam else {}
        action = form.get("Action", "")
        with self._lock:
            self.calls[action] += is_iam
            status, answer = self._faked(action, form)
        if answer is None:
            return self._passed_on(action, environ, start_response)
        start_response(status, [("Content-Type", "text/xml"), ("Content-Length", str(len(answer)))])
        return [answer]

    def _faked(self, action, form):
        named = next((form[each] for each in _NAMES if each in form), "")
        if code := self.refused.get(f"{action} {named}", self.refused.get(action)):
            return _refusal(code)
        if action == "PutUserPermissionsBoundary":
            self.boundaries[form["UserName"]] = form["PermissionsBoundary"]
            return success(action, {})
        return getattr(self, f"_{action}")(form) if action in _JOBS else ("", None)

    def _GenerateServiceLastAccessedDetails(self, form):  # noqa: N802 - the operation's name
        arn, fault = form["Arn"], self.faults.get(form["Arn"])
        self.calls[f"Generate {arn}"] += 1
        if fault in {"denied", "throttled"}:
            return _refusal("AccessDenied" if fault == "denied" else "Throttling")
        job_id = f"00000000-0000-4000-8000-{len(self.jobs):012}"
        self.jobs[job_id] = _Job(arn, self.now)
        return success("GenerateServiceLastAccessedDetails", {"JobId": job_id})

    def _GetServiceLastAccessedDetails(self, form):  # noqa: N802 - the operation's name
        job = self.jobs.get(form["JobId"])
        fault = self.faults.get(form["JobId"], self.faults.get(job.arn)) if job else "lost"
        if fault == "lost":
            return _refusal("NoSuchEntity")
        if fault == "refused":
            return _refusal("AccessDenied")
        self.calls[f"Get {job.arn}"] += 1
        job.polls += 1
        told = {"JobStatus": "COMPLETED", "JobType": "ACTION_LEVEL", "JobCreationDate": time_text(job.started)}
        if fault == "never-ends" or job.polls <= self.polls:
            return self._told(told | {"JobStatus": "IN_PROGRESS", "ServicesLastAccessed": []})
        job.done = job.done or self.now
        told |= {"JobCompletionDate": time_text(job.done), "IsTruncated": "false"}
        if fault == "fails":
            error = {"Code": "ServiceFailure", "Message": "the report could not be made"}
            return self._told(told | {"JobStatus": "FAILED", "ServicesLastAccessed": [], "Error": error})
        start = int(form.get("Marker", 0))
        if fault == "cut" and start:
            return _refusal("AccessDenied")
        services = self.reports.get(job.arn, ())
        end = start + min(self.pages.get(job.arn, self.page), int(form.get("MaxItems", 100)))
        told["ServicesLastAccessed"] = [_service(each, job.arn) for each in services[start:end]]
        if end < len(services):
            told |= {"IsTruncated": "true"} | ({} if fault == "truncated" else {"Marker": str(end)})
        return self._told(told)

    def _told(self, members):
        return success("GetServiceLastAccessedDetails", members)

    def _passed_on(self, action, environ, start_response):
        """moto's answer, with the boundaries of users."""
        if action != "GetAccountAuthorizationDetails" or not self.boundaries:
            return self._moto(environ, start_response)
        kept = []
        body = b"".join(self._moto(environ, lambda status, headers, *_: kept.append((status, headers)))).decode()
        for name, arn in self.boundaries.items():
            boundary = (
                f"<PermissionsBoundary><PermissionsBoundaryArn>{arn}</PermissionsBoundaryArn></PermissionsBoundary>"
            )
            body = re.sub(f"(<UserName>{re.escape(name)}</UserName>)", rf"\1{boundary}", body)
        [(status, headers)] = kept
        length = ("Content-Length", str(len(body.encode())))
        start_response(status, [*(each for each in headers if each[0].lower() != "content-length"), length])
        return [body.encode()]


def _service(service, arn):
    used = {
        "LastAuthenticated": time_text(service.at),
        "LastAuthenticatedEntity": arn,
        "LastAuthenticatedRegion": service.region,
    }
    tracked = [
        {"ActionName": name}
        | (
            {"LastAccessedTime": time_text(at), "LastAccessedEntity": arn, "LastAccessedRegion": service.region}
            if at
            else {}
        )
        for name, at in (service.actions or {}).items()
    ]
    return {
        "ServiceName": service.namespace.upper(),
        "ServiceNamespace": service.namespace,
        "TotalAuthenticatedEntities": "1" if service.at else "0",
        **(used if service.at else {}),
        **({} if service.actions is None else {"TrackedActionsLastAccessed": tracked}),
    }


def time_text(at):
    return at.strftime("%Y-%m-%dT%H:%M:%SZ") if at else None


def success(action, members):
    root = ET.Element(f"{action}Response", xmlns=_NAMESPACE)
    _written(ET.SubElement(root, f"{action}Result"), members)
    return "200 OK", ET.tostring(root)


def _written(element, value):
    """Lists as `member`s, as the query protocol has them."""
    if isinstance(value, dict):
        for name, each in value.items():
            _written(ET.SubElement(element, name), each)
    elif isinstance(value, list):
        for each in value:
            _written(ET.SubElement(element, "member"), each)
    else:
        element.text = value


def _refusal(code):
    root = ET.Element("ErrorResponse", xmlns=_NAMESPACE)
    _written(root, {"Error": {"Type": "Sender", "Code": code, "Message": "no"}})
    return f"{_REFUSALS.get(code, 400)} {code}", ET.tostring(root)
