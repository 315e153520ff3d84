"""Verifies Signature Version 4 by making the signature again, with botocore's own signer.

First what the request says about itself is read (`read_authorization`: cheap, and before the body is read), then, with
the key's secret, the signature is made again and compared (`verify`). Session tokens, presigned addresses, and bodies
that are streamed or not signed are refused.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from hashlib import sha256
from typing import Any

from botocore.auth import SigV4Auth
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials

from ringwall.api.errors import AuthenticationError
from ringwall.api.model import SIGNING_NAME
from ringwall.api.wire import RawRequest

CLOCK_TOLERANCE = timedelta(minutes=5)
_ALGORITHM = "AWS4-HMAC-SHA256"
_TERMINATOR = "aws4_request"
_TIMESTAMP = "%Y%m%dT%H%M%SZ"
_TIMESTAMP_FORM = re.compile("[0-9]{8}T[0-9]{6}Z")
_PARTS = ("Credential", "SignedHeaders", "Signature")
_SIGNATURE = re.compile("[0-9a-f]{64}")
_REGION = re.compile("[a-z0-9-]{1,32}")
_BODY_HASH = "x-amz-content-sha256"


@dataclass(frozen=True, slots=True)
class Authorization:
    """What a request says about its signature: nothing of it is verified."""

    key_id: str
    region: str
    service: str
    timestamp: str
    signed_headers: tuple[str, ...]
    signature: str


def read_authorization(request: RawRequest, now: datetime, *, service: str = SIGNING_NAME) -> Authorization:
    """What the request says about its signature; looks at all but the body.

    Raises:
        AuthenticationError: it is not signed, not in the one way that is supported, not now, or not for this service.
    """
    _refuse_other_forms(request)
    given = request.headers.get("authorization", ())
    if not given:
        raise AuthenticationError("MissingAuthenticationTokenException", "Missing Authentication Token")
    if len(given) > 1:
        raise _incomplete("there is more than one Authorization header")
    parts = _parts_of(given[0])
    time, date_header = _time_of(request.headers)
    timestamp = time.strftime(_TIMESTAMP)
    key_id, region = _scope_of(parts["Credential"], timestamp, service)
    signed = tuple(parts["SignedHeaders"].split(";"))
    _check_signed_headers(signed, request.headers, date_header)
    if not _SIGNATURE.fullmatch(parts["Signature"]):
        raise _incomplete("the Signature is not 64 hexadecimal digits")
    _check_clock(time, now)
    return Authorization(key_id, region, service, timestamp, signed, parts["Signature"])


def verify(authorization: Authorization, secret: str, request: RawRequest) -> None:
    """Makes the signature again.

    Raises:
        AuthenticationError: another one was given.
    """
    body_hash = sha256(request.body).hexdigest()
    if any(each != body_hash for each in request.headers.get(_BODY_HASH, ())):
        raise _invalid("the header x-amz-content-sha256 is not the hash of the body")
    signer = _Signer(Credentials(authorization.key_id, secret), authorization.service, authorization.region)
    expected = signer.signature_of(_signed_part(authorization, request), body_hash)
    if not hmac.compare_digest(expected, authorization.signature):
        raise _invalid(
            "The request signature we calculated does not match the signature you provided. Check your AWS Secret "
            "Access Key and signing method. Consult the service documentation for details."
        )


@dataclass(frozen=True, slots=True)
class _SignedPart:
    """What botocore's signer looks at of a request."""

    method: str
    url: str
    headers: Any
    context: dict[str, str]
    params: Mapping[str, str] = field(default_factory=dict)


class _Signer(SigV4Auth):
    """Signs just the headers that the client signed, and takes the hash of the body as given."""

    def signature_of(self, request: _SignedPart, body_hash: str) -> str:
        self._body_hash = body_hash
        return str(self.signature(self.string_to_sign(request, self.canonical_request(request)), request))

    def headers_to_sign(self, request: _SignedPart) -> Any:
        return request.headers

    def payload(self, request: _SignedPart) -> str:  # noqa: ARG002 - as in the class above
        return self._body_hash


def _signed_part(authorization: Authorization, request: RawRequest) -> _SignedPart:
    headers = HTTPHeaders()
    for name in authorization.signed_headers:
        for value in request.headers[name]:
            headers[name] = value
    # Only the path and the query of it are looked at; the host is a header.
    url = f"http://host{request.path}" + (f"?{request.query}" if request.query else "")
    return _SignedPart(request.method, url, headers, {"timestamp": authorization.timestamp})


def _refuse_other_forms(request: RawRequest) -> None:
    if "x-amz-security-token" in request.headers:
        raise AuthenticationError(
            "UnrecognizedClientException", "The security token included in the request is invalid."
        )
    if "X-Amz-Signature=" in request.query or "X-Amz-Algorithm=" in request.query:
        raise _incomplete("presigned requests are not supported: sign with the Authorization header")
    if any(not _SIGNATURE.fullmatch(each) for each in request.headers.get(_BODY_HASH, ())):
        raise _incomplete("the header x-amz-content-sha256 has to be the hash of the whole body")


def _parts_of(header: str) -> dict[str, str]:
    algorithm, _, rest = header.partition(" ")
    if algorithm != _ALGORITHM:
        raise _incomplete(f"the Authorization header has to begin with {_ALGORITHM}")
    pairs = [each.strip().partition("=") for each in rest.split(",")]
    parts = {name: value for name, _, value in pairs}
    if len(pairs) != len(_PARTS) or parts.keys() != set(_PARTS):
        raise _incomplete(f"the Authorization header requires {', '.join(_PARTS)}, each once")
    return parts


def _time_of(headers: Mapping[str, Sequence[str]]) -> tuple[datetime, str]:
    """The time of the signature, and the header that says it: X-Amz-Date, or Date where there is no such."""
    name = "x-amz-date" if "x-amz-date" in headers else "date"
    given = headers.get(name, ())
    if len(given) != 1:
        raise _incomplete("the Authorization header requires one X-Amz-Date or Date header")
    try:
        if name == "date":
            said = parsedate_to_datetime(given[0])
            # botocore writes -0000, which is UTC as well (RFC 5322, 3.3), and no time of this server's zone.
            return (said.astimezone(UTC) if said.tzinfo else said.replace(tzinfo=UTC)), name
        # A signature is about texts: only one text may say this time.
        if _TIMESTAMP_FORM.fullmatch(given[0]):
            return datetime.strptime(given[0], _TIMESTAMP).replace(tzinfo=UTC), name
    except (ValueError, OverflowError):
        pass
    raise _incomplete(f"the header {name} is not a time in the form YYYYMMDDTHHMMSSZ")


def _scope_of(credential: str, timestamp: str, expected: str) -> tuple[str, str]:
    parts = credential.split("/")
    if len(parts) != 5:
        raise _incomplete("the Credential has to be KEY/DATE/REGION/SERVICE/aws4_request")
    key_id, date, region, service, terminator = parts
    if service != expected:
        raise _invalid(f"Credential should be scoped to correct service: '{expected}'.")
    if terminator != _TERMINATOR:
        raise _invalid(f"Credential should be scoped with a valid terminator: '{_TERMINATOR}'.")
    if not _REGION.fullmatch(region):
        raise _invalid("Credential should be scoped to a valid region.")
    if date != timestamp[:8]:
        raise _invalid("Date in Credential scope does not match YYYYMMDD of the date of the request.")
    return key_id, region


def _check_signed_headers(signed: tuple[str, ...], headers: Mapping[str, Sequence[str]], date_header: str) -> None:
    missing = [name for name in signed if name not in headers]
    required = {"host", date_header, *(name for name in headers if name.startswith("x-amz-"))}
    unsigned = sorted(required - set(signed))
    if missing or len(set(signed)) != len(signed):
        raise _invalid("each of the SignedHeaders has to be in the request, and named once")
    if unsigned:
        raise _invalid(f"these headers have to be signed: {', '.join(unsigned)}")


def _check_clock(time: datetime, now: datetime) -> None:
    if abs(time - now) <= CLOCK_TOLERANCE:
        return
    said, limit = ("expired", "earlier than") if time < now else ("not yet current", "later than")
    edge = now - CLOCK_TOLERANCE if time < now else now + CLOCK_TOLERANCE
    raise _invalid(
        f"Signature {said}: {time.strftime(_TIMESTAMP)} is now {limit} {edge.strftime(_TIMESTAMP)} "
        f"({now.strftime(_TIMESTAMP)} {'-' if time < now else '+'} 5 min.)"
    )


def _incomplete(message: str) -> AuthenticationError:
    return AuthenticationError("IncompleteSignatureException", message)


def _invalid(message: str) -> AuthenticationError:
    return AuthenticationError("InvalidSignatureException", message)
