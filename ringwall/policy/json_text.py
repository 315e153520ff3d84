"""JSON text, read in step with a caller who knows what shape comes next, so that every place stays known.

A policy is never more than a few levels deep, and whatever is of another shape is an error where it starts: so
nothing here recurses, however deep the text goes. The regular expressions match what almost every document
consists of in one step; what they pass over (escapes, odd values, faults) takes the slower methods.

Source: RFC 8259. A byte order mark at the start is skipped, as its section 8.1 allows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from ringwall.errors import PolicyError

_SPACE = r"[ \t\n\r]*+"
# Lone surrogates are not text: https://www.rfc-editor.org/rfc/rfc8259#section-8.2
_CHARACTERS = r'[^"\\\x00-\x1f\ud800-\udfff]*+'
_PLAIN = rf'"({_CHARACTERS})"{_SPACE}'
_ESCAPE = r'\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})'
_NUMBER = r"-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?"

_match_space = re.compile(_SPACE).match
_match_plain = re.compile(_PLAIN).match
_match_first_key = re.compile(rf"\{{{_SPACE}{_PLAIN}:{_SPACE}").match
_match_next_key = re.compile(rf",{_SPACE}{_PLAIN}:{_SPACE}").match
_match_plain_list = re.compile(rf"(\[{_SPACE}(?:{_PLAIN},{_SPACE})*+{_PLAIN}\]){_SPACE}").match
_match_mark = {mark: re.compile(re.escape(mark) + _SPACE).match for mark in "{}[],:"}
_each_plain = re.compile(rf'"({_CHARACTERS})"').finditer
_all_plain = re.compile(rf'"({_CHARACTERS})"').findall
_match_string = re.compile(rf'"{_CHARACTERS}(?:{_ESCAPE}{_CHARACTERS})*+"').match
# Not possessive: Python 3.11.2 would end it within an escape that is cut off.
_match_beginning = re.compile(rf'"{_CHARACTERS}(?:{_ESCAPE}{_CHARACTERS})*').match
_match_cut = re.compile(r"(?:\\(?:u[0-9a-fA-F]{0,3})?)?\Z").match
_match_scalar = re.compile(rf"(?:true|false|{_NUMBER})(?=[ \t\n\r,\]}}]|\Z)").match
_match_template = re.compile(rf'\{{{_SPACE}"(?:Fn::[A-Za-z]+|Ref)"').match
_match_word = re.compile(r"[^ \t\n\r,:\[\]{}\"]+").match
_each_token = re.compile(r'"(?:[^"\\]|\\.)*+"?|[{}\[\],]', re.DOTALL).finditer
_find_surrogate = re.compile(r"[\ud800-\udfff]").search

_decoder = json.JSONDecoder()

Text = tuple[str, int, int]
"""A string of the document: its value, the offset of its opening quote, the offset behind its closing one."""


class JsonReader:
    """A place in JSON text. `at` is where the next token starts, `end` where the last one ended.

    Raises:
        PolicyError: from every method, where the text is of another shape than the method reads.
    """

    __slots__ = ("at", "end", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.end = 0
        self.at = self._after_space(1 if text.startswith("\ufeff") else 0)

    def members(self) -> Iterator[tuple[str, int]]:
        """Each key of the object that starts here, and its offset; the caller reads the value before the next one."""
        text = self.text
        match, mark = _match_first_key(text, self.at), "{"
        while True:
            if match:
                self.at = match.end()
                yield match[1], match.start(1) - 1
            elif (member := self._unusual_member(mark)) is not None:
                yield member
            else:
                return
            match, mark = _match_next_key(text, self.at), ","

    def _unusual_member(self, mark: str) -> tuple[str, int] | None:
        """The next key where it is not plain; None where the object ends."""
        if mark == "," and self._skip("}"):
            return None
        self._demand(mark, "an object" if mark == "{" else "`,` or `}`")
        if mark == "{" and self._skip("}"):
            return None
        start = self.at
        key = self.string("a key in double quotes")
        self._demand(":", "`:` after the key")
        return key, start

    def items(self) -> Iterator[int]:
        """The index of each item of the list that starts here; the caller reads the item before the next one."""
        self._demand("[", "a list")
        if self._skip("]"):
            return
        index = 0
        yield index
        while not self._skip("]"):
            self._demand(",", "`,` or `]`")
            index += 1
            yield index

    def texts(self) -> list[Text]:
        """The string that starts here, or each string of the list that starts here."""
        text, start = self.text, self.at
        if plain := _match_plain(text, start):
            self.at, self.end = plain.end(), plain.end(1) + 1
            return [(plain[1], start, self.end)]
        if whole := _match_plain_list(text, start):
            self.at, self.end = whole.end(), whole.end(1)
            return [(each[1], *each.span()) for each in _each_plain(text, start, self.end)]
        if self.starts("["):
            return [self._located_string("text") for _ in self.items()]
        return [self._located_string("text or a list of texts")]

    def values(self) -> tuple[str, ...]:
        """As `texts`, without offsets, and with numbers and booleans as they are written."""
        text, start = self.text, self.at
        if plain := _match_plain(text, start):
            self.at, self.end = plain.end(), plain.end(1) + 1
            return (plain[1],)
        if whole := _match_plain_list(text, start):
            self.at, self.end = whole.end(), whole.end(1)
            return tuple(_all_plain(text, start, self.end))
        if self.starts("["):
            return tuple([self._scalar("text, a number or a boolean") for _ in self.items()])
        return (self._scalar("text, a number, a boolean or a list of these"),)

    def string(self, expected: str = "text") -> str:
        """The string that starts here."""
        if plain := _match_plain(self.text, self.at):
            self.at, self.end = plain.end(), plain.end(1) + 1
            return plain[1]
        if not self.starts('"'):
            raise self.unexpected(expected)
        return self._escaped_string()

    def raw(self) -> str:
        """The text of the value that starts here, whatever it is."""
        try:
            _, end = _decoder.raw_decode(self.text, self.at)
        except json.JSONDecodeError as error:
            raise self.fault(error.pos, f"no JSON: {error.msg[0].lower()}{error.msg[1:]}") from error
        except ValueError as error:
            raise self.fault(self.at, "a number of too many digits") from error
        except RecursionError as error:
            raise PolicyError("brackets within brackets, too many of them to be read") from error
        text = self.text[self.at : end]
        self._move_behind(end)
        return text

    def finish(self) -> None:
        """Nothing but white space may follow."""
        if self.at < len(self.text):
            raise self.fault(self.at, f"expected the end of the document, found {self._found()}: remove the rest")

    def starts(self, mark: str) -> bool:
        """Whether the next token is `mark`."""
        return self.text.startswith(mark, self.at)

    def fault(self, offset: int, message: str) -> PolicyError:
        """An error that names the place at `offset`."""
        line, column = position(self.text, offset)
        return PolicyError(message, line=line, column=column, path=path_at(self.text, offset))

    def unexpected(self, expected: str) -> PolicyError:
        """An error that says what should stand here instead of the next token."""
        return self.fault(self.at, f"expected {expected}, found {self._found()}")

    def _located_string(self, expected: str) -> Text:
        start = self.at
        return self.string(expected), start, self.end

    def _scalar(self, expected: str) -> str:
        if scalar := _match_scalar(self.text, self.at):
            self._move_behind(scalar.end())
            return scalar[0]
        return self.string(expected)

    def _escaped_string(self) -> str:
        match = _match_string(self.text, self.at)
        if match is None:
            raise self._broken_string()
        value: str = json.loads(match[0])
        if _find_surrogate(value):
            raise self.fault(self.at, "a lone surrogate is no character: escape both halves of the pair, or neither")
        self._move_behind(match.end())
        return value

    def _broken_string(self) -> PolicyError:
        beginning = _match_beginning(self.text, self.at)
        assert beginning is not None, "the caller has seen the opening quote"
        offset = beginning.end()
        character = self.text[offset : offset + 1]
        if _match_cut(self.text, offset):
            return self.fault(self.at, "the document ends within this text: is it truncated?")
        if character == "\\":
            length = 6 if self.text.startswith("u", offset + 1) else 2
            escape = shorten(self.text[offset : offset + length])
            return self.fault(offset, f"`{escape}` is no escape of JSON: write `\\\\` for a backslash")
        if character < " ":
            return self.fault(offset, f"a control character within a text: escape it as `\\u{ord(character):04x}`")
        return self.fault(offset, "a lone surrogate is no character: is the document UTF-8?")

    def _found(self) -> str:
        """What the next token is, for a message."""
        first = self.text[self.at : self.at + 1]
        if not first:
            return "the end of the document (is it truncated?)"
        if _match_template(self.text, self.at):
            return "a function of a template (resolve it first)"
        if scalar := _match_scalar(self.text, self.at):
            kind = "boolean" if scalar[0] in ("true", "false") else "number"
            return f"the {kind} `{shorten(scalar[0])}` (without quotes)"
        word = _match_word(self.text, self.at)
        return _KINDS.get(first) or f"`{shorten(word[0] if word else first)}`"

    def _skip(self, mark: str) -> bool:
        if (match := _match_mark[mark](self.text, self.at)) is None:
            return False
        self.at, self.end = match.end(), self.at + 1
        return True

    def _demand(self, mark: str, expected: str) -> None:
        if not self._skip(mark):
            raise self.unexpected(expected)

    def _move_behind(self, end: int) -> None:
        self.at, self.end = self._after_space(end), end

    def _after_space(self, offset: int) -> int:
        space = _match_space(self.text, offset)
        assert space is not None, "white space may be empty"
        return space.end()


_KINDS = {"{": "an object", "[": "a list", '"': "text"}


def position(text: str, offset: int) -> tuple[int, int]:
    """Line and column of a character offset, both counted from 1; lines end with a line feed."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def path_at(text: str, offset: int) -> str:
    """The JSON path of what stands at `offset`, such as `$.Statement[2].Action`; up to there `text` is valid JSON."""
    # One entry for each open container: an index, the key last read, or None where a key comes next.
    steps: list[int | str | None] = []
    for token in _each_token(text):
        if token.start() > offset:
            break
        mark = text[token.start()]
        if mark == '"' and steps and steps[-1] is None:
            steps[-1] = token[0]
        elif token.start() == offset:
            break
        elif mark in "{[":
            steps.append(None if mark == "{" else 0)
        elif mark in "}]":
            steps.pop()
        elif mark == ",":
            last = steps[-1]
            steps[-1] = last + 1 if isinstance(last, int) else None
    return "$" + "".join(_path_step(step) for step in steps if step is not None)


def _path_step(step: int | str) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    name = step.removeprefix('"').removesuffix('"')
    return f".{name}" if name.isascii() and name.isidentifier() and len(name) < 64 else f'["{shorten(name)}"]'


def shorten(text: str) -> str:
    """`text` as a message can carry it: printable, in one line, of bounded length."""
    short = text if len(text) <= 80 else f"{text[:77]}..."
    return short if short.isprintable() else json.dumps(short)[1:-1]
