"""Makes clients of the AWS services that receive notifications, and says what their refusals mean."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from ringwall.errors import DeliveryError, ValidationError
from ringwall.notify.http import is_allowed

ClientFactory = Callable[[str, str, str | None], Any]
"""From a service, a Region and an endpoint (None: AWS's own) to a client."""
_CONFIG = Config(connect_timeout=5, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 2})
"""Short: who does not answer is asked again later."""
_FINAL = {
    "InvalidInput",
    "InvalidInputException",
    "InvalidParameter",
    "InvalidParameterException",
    "InvalidParameterValue",
    "MalformedDetail",
    "InvalidArgument",
    "NotAuthorizedForSourceException",
    "ParameterValueInvalid",
    "ValidationError",
    "ValidationException",
}
"""Codes that say that this message will never be taken. All others, missing permissions too, may be mended."""
_MAKING = Lock()
# botocore's sessions are not safe to make clients from in two threads at a time.


def new_client(service: str, region: str, endpoint: str | None) -> Any:
    """A client with the service's own credentials, from wherever botocore finds them."""
    with _MAKING:
        return botocore.session.get_session().create_client(
            service, region_name=region, endpoint_url=endpoint, config=_CONFIG
        )


def check_endpoint(endpoint: str | None, allowed_hosts: Collection[str]) -> None:
    """Refuses to send signed requests to a host that the configuration does not name.

    Raises:
        ValidationError: the host is not allowed by name.
    """
    if endpoint is not None and not is_allowed(urlsplit(endpoint).hostname or "", allowed_hosts):
        message = "the host of an endpoint has to be allowed by name in the configuration"
        raise ValidationError(message, field="settings.endpoint")


@contextmanager
def calling(what: str) -> Iterator[None]:
    """Turns what botocore raises into a failed delivery."""
    try:
        yield
    except ClientError as error:
        raise refusal(what, error.response["Error"]["Code"], error.response["Error"].get("Message", "")) from error
    except ParamValidationError as error:
        raise DeliveryError(f"{what}: {error}", retryable=False) from error
    except BotoCoreError as error:
        raise DeliveryError(f"{what}: {error}", retryable=True) from error


def refusal(what: str, code: str, message: str) -> DeliveryError:
    """A failed delivery, by AWS's code for it."""
    return DeliveryError(f"{what}: {code}: {message}", retryable=code not in _FINAL)
