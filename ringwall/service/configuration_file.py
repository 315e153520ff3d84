"""Reads the configuration: one TOML file, and variables of the environment that override it.

Strictly: a name that means nothing is an error that says which there are, so that no setting is lost by a typo.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Meta

from ringwall.errors import UsageError
from ringwall.findings.zone_of_trust import parse_trusted
from ringwall.service.configuration import PATTERNS, SECTIONS, Configuration

PREFIX = "RINGWALL_"
_SHORT_NAMES = {"RINGWALL_DATA": ("store", "data"), "RINGWALL_DATABASE_URL": ("store", "url")}
"""Names beside RINGWALL_SECTION_KEY that people expect."""
_ALIKE = 0.85
"""How much a section has to be like one of ours to be a slip: `servr` is; `service`, which Kubernetes sets, is not."""


def read_configuration(
    path: Path | None, environment: Mapping[str, str], options: Mapping[tuple[str, str], Any] | None = None
) -> Configuration:
    """What is in force: the file's values, overridden by the environment, overridden by options of the command line.

    Args:
        path: the file; without one the defaults are what is overridden.
        environment: its RINGWALL_… variables are taken.
        options: values by section and key; None means: not given.

    Raises:
        UsageError: something in it is unknown or makes no sense; the text names the place.
    """
    origin = str(path) if path else "the configuration"
    raw = _parsed(path) if path else {}
    _check_names(raw, origin)
    given = {name: dict(content) for name, content in raw.items()}
    for (section, key), text in _overrides(environment).items():
        given.setdefault(section, {})[key] = text
    for (section, key), value in (options or {}).items():
        if value is not None:
            given.setdefault(section, {})[key] = value
    try:
        configuration = msgspec.convert(given, Configuration)
    except msgspec.ValidationError as error:
        raise UsageError(f"{origin}: {_in_words(error)}") from error
    _check_together(configuration, origin)
    return configuration


def _parsed(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise UsageError(f"cannot read `{path}`: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: the text is not UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path}: this is not TOML: {error}") from error


def _check_names(raw: Mapping[str, Any], origin: str) -> None:
    for section, content in raw.items():
        if section not in SECTIONS:
            raise UsageError(f"{origin}: there is no section `[{section}]`{_instead(section, SECTIONS)}")
        if not isinstance(content, Mapping):
            raise UsageError(f"{origin}: `{section}` is a section: write `[{section}]` and its keys below")
        for key in content:
            if key not in (known := SECTIONS[section].__struct_fields__):
                raise UsageError(f"{origin}: there is no key `{section}.{key}`{_instead(key, known)}")


def _instead(name: str, known: Any) -> str:
    near = get_close_matches(name, list(known), 1)
    return f"; did you mean `{near[0]}`?" if near else f"; there are {', '.join(known)}"


def _overrides(environment: Mapping[str, str]) -> dict[tuple[str, str], Any]:
    """The values in the environment, by section and key. A list is separated by commas; a table is a JSON object."""
    found: dict[tuple[str, str], Any] = {}
    for name, text in environment.items():
        if place := _SHORT_NAMES.get(name) or _place_of(name):
            found[place] = _value_of(name, text, *place)
    return found


def _place_of(name: str) -> tuple[str, str] | None:
    place = name.removeprefix(PREFIX).lower()
    if not name.startswith(PREFIX):
        return None
    section = next((each for each in SECTIONS if place.startswith(f"{each}_")), None)
    if section is None:
        _refuse_near_miss(name, *place.split("_", 1))
        return None
    key = place.removeprefix(f"{section}_")
    if key not in (known := SECTIONS[section].__struct_fields__):
        raise UsageError(f"the environment variable {name} names no key of [{section}]{_instead(key, known)}")
    return section, key


def _refuse_near_miss(name: str, section: str, key: str = "") -> None:
    """Other variables are no settings of the service; one that has a section's key nearly names that section."""
    for near in get_close_matches(section, SECTIONS, 1, _ALIKE):
        if key in SECTIONS[near].__struct_fields__:
            meant = f"{PREFIX}{near}_{key}".upper()
            raise UsageError(f"the environment variable {name} names no section; did you mean `{meant}`?")


def _value_of(name: str, text: str, section: str, key: str) -> Any:
    annotation = next(each.type for each in msgspec.structs.fields(SECTIONS[section]) if each.name == key)
    try:
        if (example := _default_of(section, key)) is not None and isinstance(example, tuple):
            return tuple(part.strip() for part in text.split(",") if part.strip())
        if isinstance(example, dict):
            return msgspec.json.decode(text, type=dict[str, str])
        return msgspec.convert(text, annotation, strict=False)
    except msgspec.ValidationError as error:
        raise UsageError(f"the environment variable {name}: {_in_words(error)}") from error


def _default_of(section: str, key: str) -> Any:
    return getattr(SECTIONS[section](), key)


def _in_words(error: msgspec.ValidationError) -> str:
    message, _, place = str(error).partition(" - at `$")
    place = place.rstrip("`").lstrip(".")
    told = message[:1].lower() + message[1:]
    for pattern, meaning in PATTERNS.items():
        told = told.replace(f"`str` matching regex {pattern!r}", meaning)
    return f"`{place}`: {told}" if place else told


def _check_together(configuration: Configuration, origin: str) -> None:
    """What no key can tell by itself."""
    server, aws = configuration.server, configuration.aws
    for text in configuration.analysis.trust:
        try:
            parse_trusted(text)
        except UsageError as error:
            raise UsageError(f"{origin}: `analysis.trust`: {error}") from error
    if (server.tls_certificate is None) != (server.tls_key is None):
        raise UsageError(f"{origin}: `server.tls_certificate` and `server.tls_key` belong together: give both")
    if aws.organization and aws.accounts:
        raise UsageError(f"{origin}: `aws.organization` and `aws.accounts` exclude each other: give one of them")
    if (aws.organization or aws.accounts) and not aws.role_name:
        raise UsageError(f"{origin}: other accounts are read by assuming a role: name it as `aws.role_name`")
    oidc = configuration.oidc
    if oidc.issuer and not (oidc.client_id and oidc.redirect_url and (oidc.admin_groups or oidc.reader_groups)):
        message = "`oidc.client_id`, `oidc.redirect_url` and groups that have a role belong to `oidc.issuer`: give all"
        raise UsageError(f"{origin}: {message}")
    if oidc.issuer and not oidc.issuer.startswith(("https://", "http://127.0.0.1", "http://localhost")):
        raise UsageError(f"{origin}: `oidc.issuer` has to be reached by HTTPS")
    if aws.external_id and not aws.role_name:
        raise UsageError(f"{origin}: `aws.external_id` belongs to a role: name the role as `aws.role_name`")


@dataclass(frozen=True, slots=True)
class Setting:
    """One key, as it is documented and shown."""

    section: str
    key: str
    default: Any
    description: str
    is_secret: bool


def settings() -> tuple[Setting, ...]:
    """Every key there is."""
    return tuple(
        Setting(name, field.name, _default_of(name, field.name), *_told(field.type))
        for name, section in SECTIONS.items()
        for field in msgspec.structs.fields(section)
    )


def _told(annotation: Any) -> tuple[str, bool]:
    notes = [each for each in annotation.__metadata__ if isinstance(each, Meta)]
    description = next(each.description for each in notes if each.description)
    return description, any((each.extra or {}).get("secret") for each in notes)


def shown(value: Any, *, is_secret: bool) -> str:
    """A value as TOML has it; of a secret only what is none."""
    if is_secret and isinstance(value, str):
        has_password = re.sub(r"(://[^:/@]*:)[^@]*(@)", r"\1***\2", value)
        value = has_password if "://" in value else "***"
    if isinstance(value, dict):
        pairs = (f"{shown(name, is_secret=False)} = {shown(each, is_secret=False)}" for name, each in value.items())
        return f"{{{', '.join(pairs)}}}"
    return msgspec.json.encode(value).decode()


@dataclass(frozen=True, slots=True)
class SettingInForce:
    """One key with its value, as people may see it."""

    name: str
    """With its section: `server.port`."""
    value: str
    """As TOML has it, without secrets; empty where there is none."""
    default: str
    description: str


def in_force(configuration: Configuration) -> tuple[SettingInForce, ...]:
    """Every key with its value, secrets masked."""
    return tuple(
        SettingInForce(
            f"{each.section}.{each.key}",
            _text_of(getattr(getattr(configuration, each.section), each.key), is_secret=each.is_secret),
            _text_of(each.default, is_secret=False),
            each.description,
        )
        for each in settings()
    )


def _text_of(value: Any, *, is_secret: bool) -> str:
    return "" if value is None else shown(value, is_secret=is_secret)


def as_toml(configuration: Configuration) -> str:
    """What is in force, with secrets masked."""
    lines: list[str] = []
    for name in SECTIONS:
        lines += ["", f"[{name}]"]
        for each in settings():
            value = getattr(getattr(configuration, name), each.key) if each.section == name else None
            if value is not None:
                lines.append(f"{each.key} = {shown(value, is_secret=each.is_secret)}")
    return "\n".join(lines[1:]) + "\n"


def example() -> str:
    """A file with every key at its default: those that have none are comments."""
    lines = ["# Ringwall's configuration. Everything here may be left out: these are the defaults."]
    for name, section in SECTIONS.items():
        lines += ["", f"# {(section.__doc__ or '').strip()}", f"[{name}]"]
        for each in settings():
            if each.section == name:
                assigned = (
                    f"# {each.key} ="
                    if each.default is None
                    else f"{each.key} = {shown(each.default, is_secret=False)}"
                )
                lines += [f"# {each.description}", assigned]
    return "\n".join(lines) + "\n"
