"""Calls a server, signed with a key from the environment."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError, ParamValidationError

from ringwall.api.model import create_client
from ringwall.cli.client import Place
from ringwall.errors import ServiceError, UsageError

_DEFAULT_REGION = "us-east-1"
_KINDS = ("RINGWALL", "AWS")
_REFUSED = {
    "UnrecognizedClientException": "the server does not know this key, or it is disabled",
    "InvalidSignatureException": "the server refuses the signature: is the secret key right, and the clock?",
    "AccessDeniedException": "the key's role does not allow it",
}
"""What stands behind errors that are about the key; the others explain themselves."""


class RemoteClient:
    """A server and a key of it."""

    def __init__(self, url: str, client: Any) -> None:
        self._url = url
        self._client = client

    def call(self, operation: str, /, **request: Any) -> dict[str, Any]:
        """As `Client.call`."""
        given = {name: value for name, value in request.items() if value is not None}
        try:
            answer: dict[str, Any] = getattr(self._client, xform_name(operation))(**given)
        except ClientError as error:
            raise ServiceError(_told(error.response)) from error
        except ParamValidationError as error:
            raise UsageError(" ".join(str(error).split())) from error
        except EndpointConnectionError as error:
            raise ServiceError(f"nobody answers at {self._url}: is `ringwall serve` running there?") from error
        except BotoCoreError as error:
            raise ServiceError(f"{self._url}: {error}") from error
        answer.pop("ResponseMetadata", None)
        return answer


def _told(response: Mapping[str, Any]) -> str:
    code, message = response["Error"].get("Code", ""), response["Error"].get("Message", "")
    # A field whose message is the whole one's says nothing new.
    fields = [each for each in response.get("fieldList", ()) if each["message"] != message]
    told = ", ".join(f"`{each['name']}`: {each['message']}" for each in fields)
    return ": ".join(part for part in (_REFUSED.get(code), message or code, told) if part)


@contextmanager
def connect(url: str, place: Place) -> Iterator[RemoteClient]:
    """The server at `url`.

    Raises:
        UsageError: there is no key in the environment.
    """
    # Both of one kind: half a key of AWS's is no half of ours.
    pairs = ((os.environ.get(f"{kind}_ACCESS_KEY_ID"), os.environ.get(f"{kind}_SECRET_ACCESS_KEY")) for kind in _KINDS)
    key, secret = next((pair for pair in pairs if all(pair)), (None, None))
    if not (key and secret):
        raise UsageError(
            "a server wants a key: set RINGWALL_ACCESS_KEY_ID and RINGWALL_SECRET_ACCESS_KEY"
            " to what `ringwall keys create` printed where the server runs"
        )
    region = place.region or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or _DEFAULT_REGION
    verify = str(place.ca_bundle) if place.ca_bundle else True
    try:
        client = create_client(url, access_key_id=key, secret_access_key=secret, region=region, verify=verify)
    except ValueError as error:
        raise UsageError(f"`{url}` is no URL of a server: {error}") from error
    try:
        yield RemoteClient(url, client)
    finally:
        client.close()
