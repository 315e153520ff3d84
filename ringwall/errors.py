"""Every error a caller can catch.

RingwallError
├── PolicyError            the document is not a valid policy
├── ConfigurationError     a resource's configuration has the wrong shape
├── SnapshotError          a snapshot file cannot be read
├── UsageError             the caller asked for something that makes no sense
│   ├── ValidationError        a value that its parameter cannot have: `ValidationException` in the API
│   ├── InvalidParameterError  a well-formed value that means nothing: `InvalidParameterException` in the API
│   └── UnprocessableError     a document that the check cannot be about: `UnprocessableEntityException` in the API
├── ServiceError           the service refuses what it was asked; each kind has its error in the API
│   ├── NotFoundError          there is no such analyzer, finding, rule, preview …: `ResourceNotFoundException`
│   ├── ConflictError          it is there already, or in a state that does not allow it: `ConflictException`
│   ├── QuotaError             one more would be too many: `ServiceQuotaExceededException`
│   ├── DeniedError            the caller may not do this: `AccessDeniedException`
│   └── NotSupportedError      AWS's service does it, this one does not yet: `ValidationException`, `notSupported`
├── StoreError             the database cannot be used: unreachable, of another version, or damaged
├── DeliveryError          a receiver did not take a notification
├── UndecidedError         no verdict within the step budget
└── CollectionError        AWS would not let us read a resource
"""

from __future__ import annotations


class RingwallError(Exception):
    """The root of the tree. Its text is a sentence for the person who has to act on it."""


class PolicyError(RingwallError):
    """The document is not a valid policy.

    Args:
        message: what is wrong, in lower case, with user input in backticks.
        line: 1-based line of the fault in the document, 0 where there is none.
        column: 1-based column of the fault.
        path: JSON path of the fault, such as `$.Statement[2].Action`.
    """

    def __init__(self, message: str, *, line: int = 0, column: int = 0, path: str = "$") -> None:
        self.message = message
        self.line = line
        self.column = column
        self.path = path
        place = f"line {line}, column {column}, at {path}: " if line else f"at {path}: "
        super().__init__(place + message)


class ConfigurationError(RingwallError):
    """A resource's configuration is not of the shape that its type has."""


class SnapshotError(RingwallError):
    """A snapshot file, or one line of it, cannot be read."""


class UsageError(RingwallError):
    """The caller asked for something that makes no sense: exit code 2 on the command line."""


class ValidationError(UsageError):
    """A value that its parameter cannot have: not among those there are, or too many of them.

    Args:
        message: what is wrong, in lower case, with user input in backticks.
        field: the parameter, as a path in the API's names, such as `filter.status`; empty where it is about no one.
    """

    def __init__(self, message: str, *, field: str = "") -> None:
        self.field = field
        super().__init__(message)


class InvalidParameterError(UsageError):
    """A value of the right shape that means nothing, such as a wildcard where none may be."""


class UnprocessableError(UsageError):
    """A valid policy that the check cannot be about, such as one without principals as a resource policy.

    Args:
        message: what is wrong, in lower case, with user input in backticks.
        statement_index: the 0-based index of the statement that does not fit.
    """

    def __init__(self, message: str, *, statement_index: int) -> None:
        self.statement_index = statement_index
        super().__init__(message)


class ServiceError(RingwallError):
    """The service refuses what it was asked."""


class _AboutError(ServiceError):
    """A refusal that is about one thing.

    Args:
        message: what is wrong, in lower case, with user input in backticks.
        resource_id: the thing's name or id, as the API's `resourceId`.
        resource_type: what kind of thing it is: `Analyzer`, `ArchiveRule`, `Finding`, `AccessPreview`, …
    """

    def __init__(self, message: str, *, resource_id: str, resource_type: str) -> None:
        self.resource_id = resource_id
        self.resource_type = resource_type
        super().__init__(message)


class NotFoundError(_AboutError):
    """There is no such thing."""


class ConflictError(_AboutError):
    """It is there already, or its state does not allow what was asked."""


class QuotaError(_AboutError):
    """One more would be too many."""


class DeniedError(ServiceError):
    """The caller may not do this."""


class NotSupportedError(ServiceError):
    """AWS's service does it; Ringwall does not, or not yet."""


class StoreError(RingwallError):
    """The database cannot be used: it is unreachable, of another version, or damaged."""


class DeliveryError(RingwallError):
    """A receiver did not take a notification.

    Args:
        message: what happened, in lower case, without secrets: it is shown with the dead letters.
        retryable: whether the same notification may be taken later. False where it will be refused for ever.
    """

    def __init__(self, message: str, *, retryable: bool) -> None:
        self.retryable = retryable
        super().__init__(message)


class UndecidedError(RingwallError):
    """The step budget ended, or the question lies outside what regions can decide."""


class CollectionError(RingwallError):
    """AWS would not let us read something.

    Args:
        code: `ACCESS_DENIED` or `INTERNAL_ERROR`, as in the API's `FindingError`-style codes.
        message: what was asked, and what AWS answered.
    """

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)
