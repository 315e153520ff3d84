"""The steps of a collection: open an account, list the resources of a type, read some of them. A step never fails."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from threading import Event

from ringwall.collector.accounts import Target
from ringwall.collector.answers import MALFORMED, malformed
from ringwall.collector.aws import AbsentServiceError, AwsSession, RefusedError
from ringwall.collector.snapshot import Seen
from ringwall.errors import CollectionError
from ringwall.findings.report import Gap
from ringwall.resources.base import AwsReader, Listed, ReadError, Resource, ResourceType, Scope

CALLS = ("ec2:DescribeRegions",)
"""The IAM actions that finding the Regions needs."""
GLOBAL_REGION = "global"
"""Where resources are that live in no Region."""
VANISHED = "RESOURCE_VANISHED"
"""The code of the note that a resource was listed, and was gone when it was read."""
_BATCH = 25
_INTERRUPTED = "not read: the collection was interrupted"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to read in every account."""

    types: Sequence[ResourceType]
    regions: Sequence[str] = ()
    """None means: all Regions that are enabled in the account."""
    stop: Event = field(default_factory=Event)
    """When set, no more calls are made."""
    keeps_sessions: bool = False
    """Whether whoever made a session closes it, and not the last step that uses it."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a step works, and on what. What is empty is not known yet."""

    account: str
    region: str = ""
    type: str = ""

    def __str__(self) -> str:
        return " ".join(filter(None, (self.account, self.region, self.type)))

    def gap(self, code: str, message: str, resource: str = "") -> Gap:
        return Gap(code, message, self.account, self.region, self.type, resource)

    def interrupted(self) -> Gap:
        return self.gap("INTERNAL_ERROR", _INTERRUPTED)


@dataclass(frozen=True, slots=True)
class Step:
    """A piece of work for one thread."""

    place: Place
    work: Callable[[], Outcome]
    session: AwsSession | None = None
    """Whose clients are closed after the last step that uses them; None where they are not, or there are none yet."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a step came upon, and the steps that follow from it."""

    seen: Sequence[Seen] = ()
    steps: Sequence[Step] = ()


def first_step(target: Target, wanted: Wanted) -> Step:
    """Get into an account."""
    place = Place(target.account)
    return Step(place, partial(_open, target, wanted, place))


def _open(target: Target, wanted: Wanted, place: Place) -> Outcome:
    """The account's Regions, and a listing to make for every type in each of them."""
    try:
        session = target.open_session()
        regions, notes = regions_of(session, wanted)
    except CollectionError as error:
        return Outcome([place.gap(error.code, str(error))])
    except MALFORMED as error:
        return Outcome([place.gap("INTERNAL_ERROR", malformed(error))])
    # Region by Region, so that not all clients of an account are in use at the same time.
    regions = [GLOBAL_REGION, *regions]
    return Outcome(notes, [step for region in regions for step in listings(session, region, wanted)])


def listings(session: AwsSession, region: str, wanted: Wanted) -> list[Step]:
    """A listing to make for every type that lives in `region`."""
    kinds = [kind for kind in wanted.types if (kind.scope is Scope.GLOBAL) == (region == GLOBAL_REGION)]
    return [_listing(session, kind, region, wanted) for kind in kinds]


def regions_of(session: AwsSession, wanted: Wanted) -> tuple[list[str], list[Gap]]:
    """The Regions to read in an account, and why others are not."""
    if all(kind.scope is Scope.GLOBAL for kind in wanted.types):
        return [], []
    place = Place(session.account)
    try:
        described = list(session.reader().pages("ec2:DescribeRegions", "Regions", AllRegions=True))
    except CollectionError as error:
        if wanted.regions:
            # Each of them will say for itself whether it can be read.
            return list(wanted.regions), []
        return [], [place.gap(error.code, f"{error}: it is not known which Regions the account uses")]
    is_enabled = {each["RegionName"]: each.get("OptInStatus") != "not-opted-in" for each in described}
    names = wanted.regions or [name for name, is_on in is_enabled.items() if is_on]
    notes = [_unused(replace(place, region=name), is_enabled) for name in names if not is_enabled.get(name)]
    return [name for name in names if is_enabled.get(name)], notes


def _unused(place: Place, is_enabled: dict[str, bool]) -> Gap:
    if place.region in is_enabled:
        return place.gap("REGION_DISABLED", f"{place.region} is not enabled in account {place.account}")
    return place.gap("INTERNAL_ERROR", f"there is no Region `{place.region}`")


def reader_of(session: AwsSession, region: str) -> AwsReader:
    """What is in no Region is asked for in the home Region."""
    return session.reader(None if region == GLOBAL_REGION else region)


def _listing(session: AwsSession, kind: ResourceType, region: str, wanted: Wanted) -> Step:
    place = Place(session.account, region, kind.name)
    closing = None if wanted.keeps_sessions else session
    return Step(place, partial(_list, reader_of(session, region), kind, place, wanted.stop, closing), closing)


def _list(aws: AwsReader, kind: ResourceType, place: Place, stop: Event, closing: AwsSession | None) -> Outcome:
    """The resources of one type in one Region, in batches to read. What was named before a failure is read."""
    found: list[Listed] = []
    gaps = []
    try:
        found.extend(_until(stop, kind.list_resources(aws)))
    except AbsentServiceError as error:
        gaps.append(place.gap("REGION_DISABLED", str(error)))
    except CollectionError as error:
        gaps.append(place.gap(error.code, str(error)))
    except MALFORMED as error:
        gaps.append(place.gap("INTERNAL_ERROR", malformed(error)))
    batches = [found[start : start + _BATCH] for start in range(0, len(found), _BATCH)]
    steps = [Step(place, partial(read_batch, aws, kind, place, batch, stop), closing) for batch in batches]
    return Outcome(gaps, steps)


def _until(stop: Event, listed: Iterable[Listed]) -> Iterator[Listed]:
    for each in listed:
        if stop.is_set():
            raise CollectionError("INTERNAL_ERROR", _INTERRUPTED)
        yield each


def read_batch(aws: AwsReader, kind: ResourceType, place: Place, batch: Sequence[Listed], stop: Event) -> Outcome:
    """The configurations of some resources."""
    seen: list[Seen] = []
    missing: list[tuple[Listed, RefusedError]] = []
    for listed in batch:
        if stop.is_set():
            return Outcome([*seen, place.interrupted()])
        try:
            seen.append(_resource(kind, place, listed, aws))
        except RefusedError as error:
            if error.may_have_vanished:
                missing.append((listed, error))
            else:
                seen.append(unread(place, listed, error.code, str(error)))
        except CollectionError as error:
            seen.append(unread(place, listed, error.code, str(error)))
        except MALFORMED as error:
            seen.append(unread(place, listed, "INTERNAL_ERROR", malformed(error)))
    return Outcome([*seen, *_missing(aws, kind, place, missing)])


def _resource(kind: ResourceType, place: Place, listed: Listed, aws: AwsReader) -> Resource:
    configuration = kind.read_configuration(aws, listed)
    return Resource(listed.arn, kind.name, place.account, place.region, configuration, listed.tags)


def unread(place: Place, listed: Listed, code: str, message: str) -> Resource:
    """A resource that is there, and why no more is known of it."""
    error = ReadError(code, message)
    return Resource(listed.arn, place.type, place.account, place.region, tags=listed.tags, error=error)


def _missing(
    aws: AwsReader, kind: ResourceType, place: Place, missing: Sequence[tuple[Listed, RefusedError]]
) -> Iterator[Seen]:
    """Resources that AWS did not find: gone, if a second listing does not name them either; else unread."""
    if not missing:
        return
    try:
        still_there = {each.arn for each in kind.list_resources(aws)}
    except (CollectionError, *MALFORMED):
        still_there = {listed.arn for listed, _ in missing}
    for listed, error in missing:
        if listed.arn in still_there:
            yield unread(place, listed, error.code, str(error))
        else:
            yield place.gap(VANISHED, f"it vanished while it was read: {error}", listed.arn)


def find_listed(kind: ResourceType, aws: AwsReader, arn: str) -> Listed | None:
    """The resource as a listing would name it. One that was made anew under its name has another ARN."""
    if kind.find_resource is None:
        return next((each for each in kind.list_resources(aws) if each.arn == arn), None)
    found = kind.find_resource(aws, arn)
    return found if found and found.arn == arn else None
