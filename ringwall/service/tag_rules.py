"""What can be a tag.

Source: IAM Access Analyzer API Reference, TagResource: letters, digits, white space and `_ . / = + -`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ringwall.errors import ValidationError

_MOST = 50
"""Tags of one resource, as everywhere in AWS."""
_KEY = re.compile(r"[\w\s./=+-]{1,128}")
_VALUE = re.compile(r"[\w\s./=+-]{0,256}")


def checked_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """The tags as they are.

    Raises:
        ValidationError: a key or a value is not one, or there are too many.
    """
    if len(tags) > _MOST:
        raise ValidationError(f"{len(tags)} tags are too many: an analyzer has at most {_MOST}", field="tags")
    for key, value in tags.items():
        if not _KEY.fullmatch(key) or key.lower().startswith("aws:"):
            message = f"`{key}` cannot be a tag: 1 to 128 letters, digits, spaces and `_./=+-`, and no `aws:` in front"
            raise ValidationError(message, field="tags")
        if not _VALUE.fullmatch(value):
            message = f"the tag `{key}` has a value that cannot be: up to 256 letters, digits, spaces and `_./=+-`"
            raise ValidationError(message, field="tags")
    return dict(tags)
