"""One request of a page: who asks, for what, and all that a page needs to answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from ringwall.api.authorization import authorize, is_allowed
from ringwall.api.local import call_locally
from ringwall.console.attempts import Attempts
from ringwall.console.navigation import NAVIGATION, kind_of
from ringwall.console.rendering import render
from ringwall.console.sessions import Session, Sessions
from ringwall.console.settings import ConsoleSettings
from ringwall.errors import NotFoundError
from ringwall.service.context import Caller, Ringwall, Role
from ringwall.store import analyzers
from ringwall.store.analyzers import AnalyzerRecord
from ringwall.store.scan_outcomes import Outcomes, outcomes

ROOT = "/console"
THEMES = ("light", "dark")


@dataclass(frozen=True, slots=True)
class Console:
    """The console of an installation."""

    ringwall: Ringwall
    settings: ConsoleSettings
    sessions: Sessions
    attempts: Attempts
    state: dict[Any, Any] = field(default_factory=dict)
    """What pages keep between requests, in this process."""


@dataclass(frozen=True, slots=True)
class Form:
    """Names with their values, from a form or a query: a name may stand several times."""

    pairs: tuple[tuple[str, str], ...] = ()

    def get(self, name: str, default: str = "") -> str:
        """The first value."""
        return next((value for key, value in self.pairs if key == name), default)

    def all(self, name: str) -> list[str]:
        """Every value."""
        return [value for key, value in self.pairs if key == name]


@dataclass
class Visit:
    """One request. Lives in one thread."""

    console: Console
    request: Request
    query: Form
    form: Form
    session: Session | None
    request_id: str
    form_token: str = ""
    """What a form of somebody who is not signed in has to carry."""
    path_parameters: Mapping[str, str] = field(default_factory=dict)
    about: AnalyzerRecord | None = None
    """The analyzer of the one thing that the page is about, where the address names another or none."""

    @property
    def ringwall(self) -> Ringwall:
        return self.console.ringwall

    @property
    def signed_in(self) -> Session:
        """The session, of which pages that are not public can be sure."""
        assert self.session is not None, "only pages that are not public ask for the session"
        return self.session

    @property
    def address(self) -> str:
        """Whence the request came."""
        return self.request.client.host if self.request.client else ""

    @property
    def here(self) -> str:
        """Where to come back to: this page, or for what a form answered the page above it."""
        path, query = self.request.url.path, self.request.url.query
        if self.request.method == "POST":
            return path.rpartition("/")[0]
        return f"{path}?{query}" if query else path

    # --- data ---

    @cached_property
    def analyzers(self) -> list[AnalyzerRecord]:
        """All analyzers of the installation's account, in every Region."""
        with self.ringwall.store.read() as connection:
            found = analyzers.everyone(connection)
        return [each for each in found if each.account == self.ringwall.policy.account]

    @property
    def analyzer(self) -> AnalyzerRecord | None:
        """The analyzer that the page is about: the one that is asked for (`analyzer=REGION/NAME`), or the first.

        Raises:
            NotFoundError: there is no such analyzer.
        """
        if self.about is not None:
            return self.about
        asked = self._asked
        if not asked:
            return self.analyzers[0] if self.analyzers else None
        found = next((each for each in self.analyzers if scope_of(each) == asked), None)
        if found is None:
            raise NotFoundError(f"there is no analyzer `{asked}`", resource_id=asked, resource_type="Analyzer")
        return found

    @property
    def chosen(self) -> AnalyzerRecord | None:
        """The same for what stands around the page, which is there also where the page says that there is none."""
        try:
            return self.analyzer
        except NotFoundError:
            return None

    @property
    def kind(self) -> str:
        """Whether the page is about external or about unused access: see `navigation.py`."""
        return kind_of(self.chosen)

    @property
    def _asked(self) -> str:
        """The analyzer that the address names."""
        return self.form.get("analyzer") or self.query.get("analyzer")

    @property
    def coverage(self) -> Outcomes:
        """How the last scans of the page's analyzer went. Of pages that have one."""
        assert self.analyzer is not None, "only pages of an analyzer ask for its coverage"
        with self.ringwall.store.read() as connection:
            return outcomes(connection, self.analyzer.key)

    def caller(self, region: str | None = None) -> Caller:
        """Whoever is signed in, as the API knows callers."""
        policy, session = self.ringwall.policy, self.signed_in
        where = region or (self.analyzer.region if self.analyzer else policy.region)
        return Caller(policy.account, where, session.role, session.actor, policy.partition, self.request_id)

    def call(self, operation: str, /, *, region: str | None = None, **request: Any) -> dict[str, Any]:
        """An operation of the API, with its authorization, validation and audit.

        Args:
            operation: such as `CreateAnalyzer`.
            region: in which Region; by default that of the page's analyzer.
            request: its input; members that are None are left out.

        Raises:
            RingwallError: it was refused. The page then shows why.
        """
        given = {name: value for name, value in request.items() if value is not None}
        return call_locally(self.ringwall, self.caller(region), operation, given)

    def authorize(self, operation: str) -> None:
        """For what is read from the store: raises `DeniedError` where the operation that reads it is not allowed."""
        authorize(self.caller(), operation)

    def may(self, operation: str) -> bool:
        """Whether to offer it: the API decides again when it is called."""
        return self.session is not None and is_allowed(self.session.role, operation)

    # --- answers ---

    def render(self, template: str, /, *, status: int = 200, title: str, **context: Any) -> Response:
        """A page of `templates/`, which extends `base.html`."""
        theme = self.request.cookies.get("ringwall-theme", "")
        given = {
            "visit": self,
            "title": title,
            "now": self.ringwall.clock(),
            "navigation": NAVIGATION,
            "theme": theme if theme in THEMES else "",
            "notice": self._notice(),
            "csrf": self.session.csrf_token if self.session else self.form_token,
            "is_admin": self.session is not None and self.session.role is Role.ADMIN,
        }
        return HTMLResponse(render(template, {**given, **context}), status)

    def _notice(self) -> Any:
        if self.session is None or self.session.notice is None:
            return None
        self.console.sessions.tell(self.session, None)
        return self.session.notice

    def redirect(self, path: str, /, *, notice: str | None = None, **query: Any) -> Response:
        """After a step: to a page, which says how it went."""
        if notice is not None:
            self.console.sessions.tell(self.signed_in, notice)
        return RedirectResponse(self.link(path, **query), 303)

    def link(self, path: str, /, **query: Any) -> str:
        """The address of a page of the console, about the same analyzer if there is such; lists give several values."""
        is_named = self.about is not None or (self._asked and self.chosen is not None)
        pairs = pairs_of({"analyzer": scope_of(self.chosen) if is_named and self.chosen else None, **query})
        return f"{ROOT}{path}{'?' if pairs else ''}{urlencode(pairs)}"


def scope_of(analyzer: AnalyzerRecord) -> str:
    """How addresses name an analyzer."""
    return f"{analyzer.region}/{analyzer.name}"


def pairs_of(query: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Names and values for a query string, without those that are None."""
    pairs: list[tuple[str, str]] = []
    for name, value in query.items():
        many = value if isinstance(value, Sequence) and not isinstance(value, str) else (value,)
        pairs += [(name, str(each)) for each in many if each is not None]
    return pairs
