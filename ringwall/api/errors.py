"""From our errors to the API's exceptions: code, status, members and headers.

The codes and statuses of the service's own exceptions come from the model; those of the front door, which the model does
not list, are the common errors of AWS's services.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ringwall.api.model import extended_model
from ringwall.api.shapes import Problem
from ringwall.errors import (
    ConflictError,
    DeniedError,
    InvalidParameterError,
    NotFoundError,
    NotSupportedError,
    QuotaError,
    RingwallError,
    StoreError,
    UndecidedError,
    UnprocessableError,
    ValidationError,
)

_SHOWN_PROBLEMS = 50


class RequestError(RingwallError):
    """A request that does not follow the model.

    Args:
        reason: `unknownOperation`, `cannotParse`, `fieldValidationFailed` or `other`.
        message: what is wrong.
        problems: the members that are wrong.
        status: 400, or what HTTP has for it.
    """

    def __init__(self, reason: str, message: str, *, problems: Sequence[Problem] = (), status: int = 400) -> None:
        self.reason = reason
        self.problems = tuple(problems)
        self.status = status
        super().__init__(message)


class AuthenticationError(RingwallError):
    """Who calls is not known: the request is unsigned, or its signature does not hold.

    Args:
        code: of AWS's common errors, such as `MissingAuthenticationTokenException`.
        message: as AWS says it, where it is known.
    """

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


class ThrottledError(RingwallError):
    """The key asks more often than it may."""

    def __init__(self, retry_after: int) -> None:
        self.retry_after = retry_after
        super().__init__("Rate exceeded")


class SlowClientError(RingwallError):
    """The request did not arrive in the time that it is given."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error as the API answers it."""

    code: str
    status: int
    message: str
    members: Mapping[str, Any] = field(default_factory=dict)
    """Beside the message."""
    retry_after: int | None = None

    @property
    def body(self) -> dict[str, Any]:
        return {"message": self.message, **self.members}


def problems_error(problems: Sequence[Problem]) -> RequestError:
    """All that is wrong with a request's members, in one sentence and as a list."""
    shown = problems[:_SHOWN_PROBLEMS]
    number = f"{len(problems)} validation error{'s' if len(problems) > 1 else ''} detected"
    details = "; ".join(
        f"Value at '{each.path or 'input'}' failed to satisfy constraint: {each.message}" for each in shown
    )
    return RequestError("fieldValidationFailed", f"{number}: {details}", problems=shown)


def refusal_of(error: RingwallError) -> Refusal:
    """How the API answers to an error."""
    message = str(error)
    match error:
        case RequestError():
            return _invalid(message, error.reason, error.problems, error.status)
        case AuthenticationError():
            return Refusal(error.code, 403, message)
        case ThrottledError():
            return _modelled("ThrottlingException", message, retry_after=error.retry_after)
        case SlowClientError():
            return Refusal("RequestTimeoutException", 408, message)
        case NotFoundError() | ConflictError() | QuotaError():
            about = {"resourceId": error.resource_id, "resourceType": error.resource_type}
            return _modelled(_ABOUT[type(error)], message, about)
        case _:
            return _plain_refusal(error, message)


def _plain_refusal(error: RingwallError, message: str) -> Refusal:
    match error:
        case NotSupportedError():
            return _invalid(message, "notSupported")
        case StoreError():
            # What the database says is for the operator, who finds it in the log.
            return _modelled("InternalServerException", "the service cannot reach its database", retry_after=5)
        case ValidationError(field=name):
            return _field_refusal(message, name)
        case _ if type(error) in _PLAIN:
            return _modelled(_PLAIN[type(error)], message)
        case _:
            return _invalid(message, "other")


_PLAIN: Mapping[type[RingwallError], str] = {
    DeniedError: "AccessDeniedException",
    InvalidParameterError: "InvalidParameterException",
    UnprocessableError: "UnprocessableEntityException",
    UndecidedError: "UnprocessableEntityException",
}
_ABOUT: Mapping[type[RingwallError], str] = {
    NotFoundError: "ResourceNotFoundException",
    ConflictError: "ConflictException",
    QuotaError: "ServiceQuotaExceededException",
}

INTERNAL = Refusal("InternalServerException", 500, "an internal error occurred; the server's log has the details")
"""The answer to a fault of our own."""


def _field_refusal(message: str, name: str) -> Refusal:
    if name:
        return _invalid(message, "fieldValidationFailed", [Problem(name, message)])
    return _invalid(message, "other")


def _invalid(message: str, reason: str, problems: Sequence[Problem] = (), status: int = 400) -> Refusal:
    members: dict[str, Any] = {"reason": reason}
    if problems:
        members["fieldList"] = [{"name": each.path or "input", "message": each.message} for each in problems]
    return Refusal("ValidationException", status, message, members)


def _modelled(
    code: str, message: str, members: Mapping[str, Any] | None = None, retry_after: int | None = None
) -> Refusal:
    return Refusal(code, STATUSES[code], message, members or {}, retry_after)


STATUSES: Mapping[str, int] = {
    shape.name: shape.metadata["error"]["httpStatusCode"]
    for shape in map(extended_model().shape_for, extended_model().shape_names)
    if shape.metadata.get("exception")
}
"""The model's exceptions."""
