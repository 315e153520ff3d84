"""Reads from AWS through botocore: one account, one Region, one answer at a time; every failure has a name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

import botocore.session
from botocore import xform_name
from botocore.config import Config
from botocore.credentials import CredentialProvider, CredentialResolver, Credentials
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
)
from botocore.loaders import create_loader
from botocore.parsers import ResponseParserError

from ringwall import __version__
from ringwall.collector.answers import MALFORMED, malformed, refuse_strange_answers
from ringwall.collector.traffic import Traffic, is_absent_service
from ringwall.errors import CollectionError
from ringwall.resources.calls import ApiCall, api_call

HOME_REGION = "us-east-1"
"""Where calls go that belong to no Region, unless the configuration names another."""
_DENIED = re.compile(
    r"AccessDenied|Unauthorized|NotAuthorized|AuthorizationError|AuthFailure|^Forbidden$|^AllAccessDisabled$"
)
_VANISHED = re.compile(r"NotFound|NoSuch(?!Endpoint)|NonExistent|DoesNotExist")
_PAGE_SIZES = {
    "ec2:DescribeSnapshots": 1000,
    "ecr:DescribeRepositories": 1000,
    "iam:GetAccountAuthorizationDetails": 1000,
    "iam:ListUsers": 1000,
    "kms:ListGrants": 100,
    "kms:ListKeys": 1000,
    "s3:ListAllMyBuckets": 1000,
    "secretsmanager:ListSecrets": 100,
    # Without a page size SQS names the first 1,000 queues and no more: Amazon SQS API Reference, ListQueues.
    "sqs:ListQueues": 1000,
}
"""The largest page that an operation gives, where it gives a smaller one (or no second one) unasked."""
# Reading the service models from disk is most of what a session costs; all sessions share them.
_LOADER = create_loader()


class RefusedError(CollectionError):
    """AWS answered with an error. `answer` is AWS's code for it, such as `NoSuchBucket`."""

    def __init__(self, code: str, message: str, answer: str) -> None:
        self.answer = answer
        super().__init__(code, message)

    @property
    def may_have_vanished(self) -> bool:
        """Whether the answer can mean that the resource is gone."""
        return _VANISHED.search(self.answer) is not None


class AbsentServiceError(CollectionError):
    """The service is not offered in this Region."""


@dataclass(frozen=True, slots=True)
class Connection:
    """How to reach AWS: with which credentials, where, and how patiently."""

    profile: str | None = None
    endpoint_url: str | None = None
    """For all services; None for AWS's own endpoints."""
    threads: int = 16
    """How many calls are made at the same time."""
    attempts: int | None = None
    """How often a call is tried; None for a sensible number."""

    def config(self) -> Config:
        attempts = self.attempts or (3 if self.endpoint_url else 6)
        # A session of S3 Express is a key to objects. At other endpoints than AWS's own, botocore asks for one unbidden.
        s3: Any = {
            "disable_s3_express_session_auth": True,
            **({"addressing_style": "path"} if self.endpoint_url else {}),
        }
        return Config(
            retries={"mode": "adaptive", "total_max_attempts": attempts},
            connect_timeout=10,
            read_timeout=30,
            max_pool_connections=self.threads,
            user_agent_extra=f"ringwall/{__version__}",
            s3=s3,
        )


class _Given(CredentialProvider):
    """Credentials that are there already."""

    METHOD = "ringwall"

    def __init__(self, credentials: Credentials) -> None:
        super().__init__()
        self._credentials = credentials

    def load(self) -> Credentials:
        return self._credentials


@dataclass(slots=True)
class AwsSession:
    """The credentials of one account, and the clients that use them. Threads may share it."""

    connection: Connection
    traffic: Traffic
    core: Any
    """A `botocore.session.Session`."""
    account: str = ""
    partition: str = "aws"
    _clients: dict[tuple[str, str], Any] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    @property
    def home_region(self) -> str:
        return self.core.get_config_variable("region") or HOME_REGION

    def with_clients(self) -> AwsSession:
        """The same credentials, with clients of its own."""
        return replace(self, _clients={})

    def with_traffic(self, traffic: Traffic) -> AwsSession:
        """The same credentials and clients, with a count of calls of its own."""
        return replace(self, traffic=traffic)

    def reader(self, region: str | None = None) -> Boto3Reader:
        """A reader for `region`; for the home Region where there is none."""
        return Boto3Reader(self, region or self.home_region)

    def client(self, service: str, region: str) -> Any:
        # Creating clients is not thread-safe in botocore; using them is.
        with self._lock:
            if (client := self._clients.get((service, region))) is None:
                endpoint = self.connection.endpoint_url
                client = self.core.create_client(
                    service, region, endpoint_url=endpoint, config=self.connection.config()
                )
                refuse_strange_answers(client)
                if _is_aws(client.meta.endpoint_url):
                    client.meta.events.register("before-send", _refuse_absent_service)
                else:
                    client.meta.events.register("before-sign.s3-control", _without_account_in_host)
                self._clients[service, region] = client
            return client

    def close(self) -> None:
        """Let go of the clients: thousands of accounts would fill the memory with them."""
        with self._lock:
            for client in self._clients.values():
                client.close()
            self._clients.clear()


def new_session(connection: Connection, traffic: Traffic, credentials: Credentials | None = None) -> AwsSession:
    """A session with `credentials`; with those of the profile or the standard credential chain where there are none.

    Raises:
        BotoCoreError: the profile does not exist.
    """
    core = botocore.session.Session(profile=connection.profile)
    core.register_component("data_loader", _LOADER)
    if credentials is not None:
        core.register_component("credential_provider", CredentialResolver([_Given(credentials)]))
    return AwsSession(connection, traffic, core)


def _is_aws(url: str) -> bool:
    return re.search(r"^https?://[^/:]+\.(amazonaws\.com(\.cn)?|api\.aws)(:\d+)?(/|$)", url) is not None


def _refuse_absent_service(request: Any, **_: Any) -> None:
    """Where there is no such endpoint, trying again and again is of no use."""
    host = urlsplit(request.url).hostname or ""
    if is_absent_service(host):
        raise AbsentServiceError("INTERNAL_ERROR", f"not offered in this Region: there is no {host}")


def _without_account_in_host(request: Any, **_: Any) -> None:
    """S3 Control puts the account before the host, where only AWS's own name servers find it."""
    request.url = re.sub(r"//\d{12}\.", "//", request.url, count=1)


@dataclass(slots=True)
class Boto3Reader:
    """An `AwsReader` that asks AWS."""

    session: AwsSession
    region: str
    account: str = field(init=False)
    partition: str = field(init=False)

    def __post_init__(self) -> None:
        self.account = self.session.account
        self.partition = self.session.partition

    def pages(self, operation: str, key: str, **parameters: Any) -> Iterator[Any]:
        """As `AwsReader.pages`."""
        call, client = self._prepared(operation)
        if client.can_paginate(xform_name(call.operation)):
            pages = _paginated(client, call, operation, parameters)
        else:
            pages = _followed(client, call, operation, parameters)
        while (page := self._asked(operation, lambda: next(pages, None))) is not None:
            yield from page.get(key) or ()

    def call(self, operation: str, **parameters: Any) -> Mapping[str, Any]:
        """As `AwsReader.call`."""
        call, client = self._prepared(operation)
        method = getattr(client, xform_name(call.operation))
        answer: Mapping[str, Any] = self._asked(operation, lambda: method(**parameters))
        return answer

    def find(self, operation: str, *absent: str, **parameters: Any) -> Mapping[str, Any] | None:
        """As `AwsReader.find`."""
        try:
            return self.call(operation, **parameters)
        except RefusedError as error:
            if error.answer in absent:
                return None
            raise

    def _prepared(self, operation: str) -> tuple[ApiCall, Any]:
        call = api_call(operation)
        region = call.region or self.region
        return call, self._guarded(operation, lambda: self.session.client(call.service, region))

    def _asked(self, operation: str, ask: Callable[[], Any]) -> Any:
        self.session.traffic.check(operation)
        answer = self._guarded(operation, ask)
        if answer is not None:
            self.session.traffic.was_answered(operation)
        return answer

    def _guarded(self, operation: str, ask: Callable[[], Any]) -> Any:
        """What `ask` gives, with every way in which AWS or botocore fails as a `CollectionError`."""
        try:
            return ask()
        except ClientError as error:
            self.session.traffic.was_answered(operation)
            raise self._refused(operation, error) from error
        except (ConnectTimeoutError, EndpointConnectionError, HTTPClientError) as error:
            self.session.traffic.was_silent(operation)
            raise CollectionError("INTERNAL_ERROR", f"{operation}: {error}{self._where}") from error
        except (BotoCoreError, ResponseParserError) as error:
            raise CollectionError("INTERNAL_ERROR", f"{operation}: {error}{self._where}") from error
        except MALFORMED as error:
            raise CollectionError("INTERNAL_ERROR", f"{operation}: {malformed(error)}{self._where}") from error

    def _refused(self, operation: str, error: ClientError) -> RefusedError:
        answer = str(error.response.get("Error", {}).get("Code", ""))
        message = str(error.response.get("Error", {}).get("Message", ""))
        code = "ACCESS_DENIED" if _DENIED.search(answer) else "INTERNAL_ERROR"
        return RefusedError(code, f"{operation}: {answer}: {message}{self._where}", answer)

    @property
    def _where(self) -> str:
        return f" (account {self.account or 'unknown'}, {self.region})"


def _paginated(client: Any, call: ApiCall, operation: str, parameters: Mapping[str, Any]) -> Iterator[Any]:
    size = {"PageSize": _PAGE_SIZES[operation]} if operation in _PAGE_SIZES else {}
    pages = client.get_paginator(xform_name(call.operation)).paginate(PaginationConfig=size, **parameters)
    return iter(pages)


def _followed(client: Any, call: ApiCall, operation: str, parameters: Mapping[str, Any]) -> Iterator[Any]:
    """The pages of an operation that botocore cannot paginate."""
    method = getattr(client, xform_name(call.operation))
    parameter, member = call.page_marker
    marker: Any = None
    while True:
        page = method(**parameters, **({parameter: marker} if marker else {}))
        yield page
        if not page.get(member):
            return
        if page[member] == marker:
            raise CollectionError("INTERNAL_ERROR", f"{operation}: the answer leads to the same page again")
        marker = page[member]
