"""The API's model: botocore's `accessanalyzer` with Ringwall's extras, for the server and for its own clients.

The extras stand in `models/`, in the form in which botocore's loader merges additions of an SDK into a service. A client
without them never notices: members that it does not know are ignored, and it never calls operations that it does not know.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from botocore.config import Config
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.session import Session

SERVICE = "accessanalyzer"
VERSION = "2019-11-01"
SIGNING_NAME = "access-analyzer"
_MODELS = Path(__file__).parent / "models"


def client_loader() -> Loader:
    """Loads botocore's own models, with our extras merged into Access Analyzer's."""
    return Loader(extra_search_paths=[str(_MODELS)])


@cache
def extended_model() -> ServiceModel:
    """The service as Ringwall speaks it."""
    return ServiceModel(client_loader().load_service_model(SERVICE, "service-2", VERSION), SERVICE)


@cache
def awss_model() -> ServiceModel:
    """The service as AWS speaks it."""
    return ServiceModel(Loader().load_service_model(SERVICE, "service-2", VERSION), SERVICE)


def extra_operations() -> frozenset[str]:
    """The operations that only Ringwall has."""
    return frozenset(extended_model().operation_names) - frozenset(awss_model().operation_names)


def create_client(
    endpoint_url: str, *, access_key_id: str, secret_access_key: str, region: str, verify: str | bool = True
) -> Any:
    """A botocore client of a Ringwall server that knows the extras. It asks no one for credentials.

    Args:
        endpoint_url: where the server listens.
        access_key_id: of a key that `ringwall keys create` issued.
        secret_access_key: its secret.
        region: the Region whose analyzers are meant.
        verify: whether to verify the server's certificate, or the file of the authorities to trust.
    """
    session = Session()
    session.register_component("data_loader", client_loader())
    return session.create_client(
        SERVICE,
        region_name=region,
        endpoint_url=endpoint_url,
        aws_access_key_id=access_key_id,
        aws_secret_access_key=secret_access_key,
        verify=verify,
        config=Config(retries={"mode": "standard", "max_attempts": 3}),
    )
