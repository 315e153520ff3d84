"""The form of an access preview: a resource, the kind of its configuration, and the configuration, as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ringwall.api.errors import RequestError
from ringwall.api.wire import endpoints, validate
from ringwall.console.laid_out import laid_out_configuration
from ringwall.console.visit import Form, Visit
from ringwall.errors import ConfigurationError, NotFoundError, RingwallError, ValidationError
from ringwall.findings.access_preview import PREVIEWED_TYPES
from ringwall.findings.proposed_configuration import MEMBERS
from ringwall.reports.wording import resource_noun
from ringwall.resources.configuration import policy_text
from ringwall.store.analyzers import AnalyzerRecord
from ringwall.store.resources import ResourceRecord, configuration, find

ABLE = "ACCOUNT"
"""The type of the analyzers that make previews, as with AWS."""
_OPERATION = "CreateAccessPreview"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of configuration."""

    title: str
    fields: tuple[str, ...]
    """What can be proposed."""


KINDS = {
    member: Kind(resource_noun(each.name), MEMBERS[member].fields)
    for member, each in sorted(PREVIEWED_TYPES.items(), key=lambda item: resource_noun(item[1].name).lower())
}
"""By the member of the API's union `Configuration`."""
_MEMBER_OF = {each.name: member for member, each in PREVIEWED_TYPES.items()}


@dataclass(frozen=True, slots=True)
class PreviewForm:
    """What the form holds."""

    resource: str = ""
    """ARN."""
    kind: str = "s3Bucket"
    configuration: str = ""
    """JSON: the value of the kind's member in the API. Policies may be objects instead of texts."""
    left_out: tuple[str, ...] = ()
    """What the resource has and the API cannot say."""

    def configurations(self) -> dict[str, Any]:
        """As `CreateAccessPreview` takes them.

        Raises:
            ValidationError: what the API would take for something else, or leave out without a word.
            RequestError: it is not of the API's shape.
        """
        if self.kind not in KINDS:
            raise ValidationError(f"there is no kind `{self.kind}`", field="kind")
        given = {self.resource: {self.kind: self._value()}}
        arn = "arn:aws:access-analyzer:us-east-1:111122223333:analyzer/any"
        read = validate(endpoints()[_OPERATION], {"analyzerArn": arn, "configurations": given})["configurations"]
        if unread := next(_unread(given, read), None):
            place = self.place_of(unread)
            known = ", ".join(f"`{each}`" for each in KINDS[self.kind].fields)
            message = f"take `{place}` out: the API knows no such member. The configuration can have {known}"
            raise ValidationError(message, field="configuration")
        return given

    def _value(self) -> dict[str, Any]:
        try:
            value = _folded(json.loads(self.configuration))
        except json.JSONDecodeError as error:
            message = f"this is no JSON: {error.msg} in line {error.lineno}, column {error.colno}"
            raise ValidationError(message, field="configuration") from error
        except (ValueError, RecursionError, ConfigurationError) as error:
            raise ValidationError(
                "this is nested too deeply, or has a number that is too long", field="configuration"
            ) from error
        if not isinstance(value, dict):
            raise ValidationError("an object is expected, such as `{}`", field="configuration")
        return value

    def place_of(self, path: str) -> str:
        """A path of the API's input as a path into the configuration."""
        return path.removeprefix(self._start).lstrip(".")

    def is_within(self, path: str) -> bool:
        """Whether a path of the API's input leads into the configuration."""
        return path.startswith(self._start)

    @property
    def _start(self) -> str:
        return f"configurations.{self.resource}.{self.kind}"


def _folded(value: Any, name: str = "") -> Any:
    """Policies that were written as objects as the texts that the API takes: `bucketPolicy`, a key's `default`."""
    match value:
        case dict() if name.endswith("Policy") or name == "default":
            return policy_text(value)
        case dict():
            return {key: _folded(each, key) for key, each in value.items()}
        case list():
            return [_folded(each) for each in value]
        case _:
            return value


def _unread(given: Any, read: Any, path: str = "configurations") -> Iterator[str]:
    """The paths of what is given and was not read: the API passes over members that it does not know."""
    match given, read:
        case dict(), dict():
            for name, each in given.items():
                if name in read:
                    yield from _unread(each, read[name], f"{path}.{name}")
                elif each is not None:
                    yield f"{path}.{name}"
        case list(), list():
            for index, pair in enumerate(zip(given, read, strict=True)):
                yield from _unread(*pair, f"{path}[{index}]")
        case _:
            pass


def preview_form(form: Form) -> PreviewForm:
    """What was sent."""
    return PreviewForm(form.get("resource").strip(), form.get("kind"), form.get("configuration").strip())


def form_of_preview(preview: Mapping[str, Any]) -> PreviewForm:
    """What a preview is about, to be changed a little."""
    [(arn, configuration)] = preview["configurations"].items()
    [(kind, value)] = configuration.items()
    return PreviewForm(arn, kind, laid_out_configuration(value))


def filled(visit: Visit, analyzer: AnalyzerRecord, arn: str, of_type: str) -> PreviewForm:
    """With what a scan last saw of a resource; without an ARN, an empty one.

    Raises:
        NotFoundError: the analyzer knows no such resource, or of no type that a preview can be about.
    """
    if not arn:
        return PreviewForm(configuration='{\n  "bucketPolicy": ""\n}')
    visit.authorize("GetAnalyzedResource")
    with visit.ringwall.store.read() as connection:
        record = next((each for each in find(connection, analyzer.key, arn) if each.type == of_type), None)
        content = configuration(connection, record.configuration_digest) if record else None
    if record is None or of_type not in _MEMBER_OF:
        message = f"the analyzer knows no resource `{arn}` that a preview can be about"
        raise NotFoundError(message, resource_id=arn, resource_type="AnalyzedResource")
    member = _MEMBER_OF[of_type]
    known: Mapping[str, Any] = json.loads(content) if content else {}
    present = {name: known[name] for name in MEMBERS[member].fields if known.get(name) is not None}
    sendable = {name: value for name, value in present.items() if _can_be_sent(arn, member, {name: value})}
    left_out = tuple(name for name in present if name not in sendable)
    return PreviewForm(arn, member, laid_out_configuration(sendable), left_out)


def _can_be_sent(arn: str, member: str, part: Mapping[str, Any]) -> bool:
    """Whether the API can say it: of a grant that a source ARN narrows, for example, it cannot."""
    try:
        PreviewForm(arn, member, json.dumps(part)).configurations()
    except (RequestError, ValidationError):
        return False
    return True


def preview_link(visit: Visit, analyzer: AnalyzerRecord, record: ResourceRecord) -> str:
    """To the form, filled in with the resource; empty where no preview can be made of it."""
    if analyzer.type != ABLE or record.type not in _MEMBER_OF or not visit.may(_OPERATION):
        return ""
    return visit.link("/previews/new", resource=record.arn, type=record.type)


def faults_of(written: PreviewForm, error: RingwallError) -> dict[str, str]:
    """What is wrong, by the name of the field; that of the empty name is about the whole form."""
    match error:
        case RequestError(problems=[first, *_]) if not written.is_within(first.path):
            return {"resource": first.message}
        case RequestError(problems=[_, *_]):
            return {
                "configuration": "; ".join(
                    f"at `{written.place_of(each.path)}`: {each.message}" for each in error.problems
                )
            }
        case ValidationError(field="configurations"):
            # One of each was given, so that only the resource can be the wrong one.
            return {"resource": str(error)}
        case ValidationError(field=("kind" | "configuration") as name):
            return {name: str(error)}
        case _:
            return {"": str(error)}
