"""What every request passes on its way to a page: session, token, and afterwards the headers of its answer."""

from __future__ import annotations

import asyncio
import hmac
import logging
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from ringwall.api.errors import INTERNAL, RequestError, SlowClientError, refusal_of
from ringwall.api.limits import ClientGoneError, Limits, read_body
from ringwall.console.chosen import NoAnalyzerError
from ringwall.console.cookies import FORM_COOKIE, session_cookie, set_cookie
from ringwall.console.visit import ROOT, Console, Form, Visit
from ringwall.errors import DeniedError, RingwallError

_LOG = logging.getLogger(__name__)
_FIELDS = 2000
"""Of one form: a page of findings with everything ticked has a few hundred."""

_TITLES = {403: "Not allowed", 404: "Not found", 408: "Too slow", 413: "Too long"}

Handler = Callable[[Visit], Response]

HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


@dataclass(frozen=True, slots=True)
class Page:
    """A page, or a step that a form of one takes."""

    path: str
    """Below /console; parts in braces are parameters: `/findings/{id}`."""
    handler: Handler
    method: str = "GET"
    """Pages only read: whatever changes something is POST, and then goes on to a page."""
    is_public: bool = False
    """Whether it is there for people who are not signed in."""


@dataclass(frozen=True, slots=True)
class Gate:
    """An ASGI application that answers the requests of one page."""

    console: Console
    page: Page
    limits: Limits
    threads: ThreadPoolExecutor

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        loop = asyncio.get_running_loop()
        try:
            body = await read_body(receive, request.headers.getlist("content-length"), self.limits)
            response = await loop.run_in_executor(self.threads, self._answer, request, body)
        except ClientGoneError:
            return
        except (RequestError, SlowClientError) as error:
            response = await loop.run_in_executor(self.threads, self._unread, request, error)
        response.headers.update({name: value for name, value in HEADERS.items() if name not in response.headers})
        await response(scope, receive, send)

    def _answer(self, request: Request, body: bytes) -> Response:
        visit = _visit_of(self.console, request, body)
        try:
            response = self._refused(visit) or self.page.handler(visit)
        except NoAnalyzerError:
            is_page = self.page.method == "GET" and not visit.query.get("format")
            response = visit.render("no_analyzer.html", title="No analyzer yet", status=200 if is_page else 404)
        except RingwallError as error:
            response = self._problem(visit, error)
        except Exception:  # noqa: BLE001 - an outermost loop: a fault costs one request, and is in the log
            _LOG.exception("a fault in %s", self.page.path, extra={"request_id": visit.request_id})
            response = visit.render("problem.html", title="Something went wrong", status=500, message=INTERNAL.message)
        if visit.session is None and request.cookies.get(FORM_COOKIE) != visit.form_token:
            set_cookie(response, self.console.settings, FORM_COOKIE, visit.form_token, samesite="strict")
        return response

    def _unread(self, request: Request, error: RingwallError) -> Response:
        """The answer to a request that was too long, or too slow."""
        response = self._problem(_visit_of(self.console, request, b""), error)
        response.headers["connection"] = "close"
        return response

    def _refused(self, visit: Visit) -> Response | None:
        """The answer to who may not see the page at all."""
        if visit.session is None and not self.page.is_public:
            return _to_sign_in(visit)
        if self.page.method == "POST" and not _has_token(visit):
            raise DeniedError("this form is too old, or is not ours: go back, load the page again, and send it anew")
        return None

    def _problem(self, visit: Visit, error: RingwallError) -> Response:
        refusal = refusal_of(error)
        if refusal.status >= 500:
            _LOG.error("%s", error, extra={"request_id": visit.request_id})
        title = _TITLES.get(refusal.status, "That did not work")
        return visit.render("problem.html", title=title, status=refusal.status, message=refusal.message)


def _visit_of(console: Console, request: Request, body: bytes) -> Visit:
    session = console.sessions.find(request.cookies.get(session_cookie(console.settings)))
    return Visit(
        console=console,
        request=request,
        query=_form_of(request.scope["query_string"]),
        form=_form_of(body) if request.method == "POST" else Form(),
        session=session,
        request_id=console.ringwall.new_id(),
        form_token=request.cookies.get(FORM_COOKIE) or secrets.token_urlsafe(32),
        path_parameters=request.path_params,
    )


def _form_of(encoded: bytes) -> Form:
    """Too many fields, or what is no text, is no form: the token is then missing, too."""
    try:
        pairs = parse_qsl(encoded.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_FIELDS)
    except ValueError:
        return Form()
    return Form(tuple((name, value.replace("\r\n", "\n")) for name, value in pairs))


def _has_token(visit: Visit) -> bool:
    # Every browser of today says where a form comes from.
    if visit.request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        return False
    expected = visit.session.csrf_token if visit.session else visit.request.cookies.get(FORM_COOKIE, "")
    return bool(expected) and hmac.compare_digest(visit.form.get("csrf").encode(), expected.encode())


def _to_sign_in(visit: Visit) -> Response:
    path = visit.request.url.path
    query = visit.request.url.query
    wanted = f"{path}?{query}" if query else path
    where = f"{ROOT}/sign-in" + ("" if visit.request.method == "POST" else f"?next={quote(wanted, safe='')}")
    if visit.request.headers.get("hx-request"):
        return Response(status_code=401, headers={"hx-redirect": where})
    return RedirectResponse(where, 303)
