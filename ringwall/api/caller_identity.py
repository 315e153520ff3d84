"""Answers STS's `GetCallerIdentity`, the one call of another service that AWS's tools make before they speak to this one.

With `AWS_ENDPOINT_URL` alone, all of a tool's services are looked for here. `cfn-policy-validator` and Terraform ask STS
first whose account it is. The answer is the service's own account, to whoever signs with a key of the service.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ringwall.api.errors import RequestError, refusal_of
from ringwall.api.key_ring import KeyRing
from ringwall.api.limits import ClientGoneError, Limits, Throttle, read_body
from ringwall.api.signature import Authorization, read_authorization, verify
from ringwall.api.wire import RawRequest
from ringwall.errors import RingwallError
from ringwall.service.context import Ringwall

_SIGNING_NAME = "sts"
_NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"


@dataclass(frozen=True, slots=True)
class CallerIdentity:
    """An ASGI application for `POST /`, which no operation of the API has."""

    ringwall: Ringwall
    limits: Limits
    keys: KeyRing
    throttle: Throttle
    threads: ThreadPoolExecutor
    read: Callable[[Scope], RawRequest]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request_id = self.ringwall.new_id()
        try:
            response = await self._answer(request_id, scope, receive)
        except ClientGoneError:
            return
        except RingwallError as error:
            response = _refuse(request_id, error)
        await response(scope, receive, send)

    async def _answer(self, request_id: str, scope: Scope, receive: Receive) -> Response:
        raw = self.read(scope)
        authorization = read_authorization(raw, self.ringwall.clock(), service=_SIGNING_NAME)
        body = await read_body(receive, raw.headers.get("content-length", ()), self.limits)
        work = partial(self._identity, authorization, RawRequest(raw.method, raw.path, raw.query, raw.headers, body))
        key_id = await asyncio.get_running_loop().run_in_executor(self.threads, work)
        policy = self.ringwall.policy
        members = {
            "Arn": f"arn:{policy.partition}:iam::{policy.account}:user/{key_id}",
            "UserId": key_id,
            "Account": policy.account,
        }
        result = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in members.items())
        return _xml(
            "GetCallerIdentityResponse",
            f"<GetCallerIdentityResult>{result}</GetCallerIdentityResult>"
            f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata>",
        )

    def _identity(self, authorization: Authorization, raw: RawRequest) -> str:
        """The id of the key that signed the request."""
        key = self.keys.find(authorization.key_id)
        verify(authorization, key.secret, raw)
        self.throttle.take(key.id)
        if parse_qs(raw.body.decode("latin-1")).get("Action") != ["GetCallerIdentity"]:
            raise RequestError("unknownOperation", "of STS only GetCallerIdentity is answered here")
        return key.id


def _refuse(request_id: str, error: RingwallError) -> Response:
    refusal = refusal_of(error)
    kind = "Sender" if refusal.status < 500 else "Receiver"
    said = f"<Type>{kind}</Type><Code>{refusal.code}</Code><Message>{escape(refusal.message)}</Message>"
    body = f"<Error>{said}</Error><RequestId>{request_id}</RequestId>"
    return _xml("ErrorResponse", body, refusal.status)


def _xml(root: str, content: str, status: int = 200) -> Response:
    return Response(f'<{root} xmlns="{_NAMESPACE}">{content}</{root}>', status, media_type="text/xml")
