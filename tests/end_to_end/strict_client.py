"""An unmodified client of AWS's SDK whose every answer is held against AWS's own service model."""

import re
from functools import cache

from botocore.validate import ParamValidator

from ringwall.api.model import awss_model
from tests.api.serving import a_client

_VALIDATOR = ParamValidator()


class Strict:
    """Raises an AssertionError where an answer is not what the model says, down to enums and patterns."""

    def __init__(self, url, key, **config):
        self.client = a_client(url, key, **config)
        self.client.meta.events.register("after-call.*.*", _check)

    def __getattr__(self, name):
        return getattr(self.client, name)


def _check(http_response, parsed, model, **_):
    if http_response.status_code >= 300:
        _check_error(parsed, model)
        return
    answer = {name: value for name, value in parsed.items() if name != "ResponseMetadata"}
    if model.output_shape is None:
        assert not answer, f"{model.name} has no output"
        return
    report = _VALIDATOR.validate(answer, model.output_shape)
    assert not report.has_errors(), f"{model.name}: {report.generate_report()}"
    _check_values(answer, model.output_shape, model.name)


def _check_error(parsed, model):
    code = parsed["Error"]["Code"]
    [shape] = [each for each in _exceptions() if each.name == code] or [None]
    assert shape is not None, f"{model.name} answered {code}, which is no exception of the service"
    assert parsed["ResponseMetadata"]["HTTPStatusCode"] == shape.metadata["error"]["httpStatusCode"]
    members = {name: value for name, value in parsed.items() if name not in {"Error", "ResponseMetadata"}}
    report = _VALIDATOR.validate({"message": parsed["Error"]["Message"], **members}, shape)
    assert not report.has_errors(), f"{code} of {model.name}: {report.generate_report()}"
    _check_values(members, shape, code)


@cache
def _exceptions():
    shapes = [awss_model().shape_for(name) for name in awss_model().shape_names]
    return [each for each in shapes if each.metadata.get("exception")]


def _check_values(value, shape, path):
    """What botocore does not validate: enums and patterns."""
    match shape.type_name:
        case "structure":
            for name, each in value.items():
                _check_values(each, shape.members[name], f"{path}.{name}")
        case "list":
            for each in value:
                _check_values(each, shape.member, f"{path}[]")
        case "map":
            for name, each in value.items():
                _check_values(name, shape.key, f"{path}.{name}")
                _check_values(each, shape.value, f"{path}.{name}")
        case "string":
            assert not shape.enum or value in shape.enum, f"{path}: {value}"
            pattern = shape.metadata.get("pattern")
            assert not pattern or re.fullmatch(pattern, value), f"{path}: {value}"
