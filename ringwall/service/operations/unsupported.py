"""Operations that AWS's service has and this one does not, or not yet: each says so, and nothing is made up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

from ringwall.errors import DeniedError, NotFoundError, NotSupportedError
from ringwall.service.context import Caller, Ringwall


def validate_policy(_ringwall: Ringwall, _caller: Caller, _request: Mapping[str, Any]) -> dict[str, Any]:
    """AWS: what is wrong with one policy document."""
    _refuse("the validation of policies")


def start_policy_generation(_ringwall: Ringwall, _caller: Caller, _request: Mapping[str, Any]) -> dict[str, Any]:
    """AWS: a policy from what CloudTrail saw."""
    _refuse("the generation of policies")


def cancel_policy_generation(_ringwall: Ringwall, _caller: Caller, _request: Mapping[str, Any]) -> dict[str, Any]:
    """AWS: ends the generation of a policy."""
    _refuse("the generation of policies")


def get_generated_policy(_ringwall: Ringwall, _caller: Caller, _request: Mapping[str, Any]) -> dict[str, Any]:
    """AWS: the policy that was generated."""
    _refuse("the generation of policies")


def list_policy_generations(_ringwall: Ringwall, _caller: Caller, _request: Mapping[str, Any]) -> dict[str, Any]:
    """AWS: which policies were generated."""
    _refuse("the generation of policies")


def create_service_linked_analyzer(_ringwall: Ringwall, _caller: Caller, _request: Mapping[str, Any]) -> dict[str, Any]:
    """AWS: an analyzer that another of its services owns; customers are refused there too."""
    raise DeniedError("only AWS services may create service-linked analyzers: use CreateAnalyzer")


def delete_service_linked_analyzer(_ringwall: Ringwall, _caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """AWS: takes away an analyzer that another of its services owns. Here there are none."""
    name = request["analyzerName"]
    message = f"there is no service-linked analyzer `{name}`"
    raise NotFoundError(message, resource_id=name, resource_type="Analyzer")


def _refuse(what: str) -> NoReturn:
    raise NotSupportedError(f"{what} cannot be had from this service yet")
