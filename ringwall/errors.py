"""Every error a caller can catch.

RingwallError
├── PolicyError            the document is not a valid policy
├── ConfigurationError     a resource's configuration has the wrong shape
├── SnapshotError          a snapshot file cannot be read
├── UsageError             the caller asked for something that makes no sense
│   ├── ValidationError        a value that its parameter cannot have: `ValidationException` in the API
│   ├── InvalidParameterError  a well-formed value that means nothing: `InvalidParameterException` in the API
│   └── UnprocessableError     a document that the check cannot be about: `UnprocessableEntityException` in the API
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
    """A value that its parameter cannot have: not among those there are, or too many of them."""


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
