"""The README shows what the program does: its pasted output is the demo's."""

import re
from pathlib import Path

from tests.cli.running import ringwall

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def test_the_output_in_the_readme_is_the_demos():
    """
    The block between the demo's markers is part of what `ringwall demo` prints, line by line.
    """
    shown = re.search(r"<!-- demo -->\n```\n(.*?)```\n<!-- /demo -->", README, re.DOTALL)

    assert shown is not None
    assert shown[1] in ringwall("demo").stdout


def test_what_nobody_uses_in_the_readme_is_of_the_example():
    """
    Each paragraph of the block about unused access is printed for the example, line by line.
    """
    shown = re.search(r"<!-- unused -->\n```\n(.*?)```\n<!-- /unused -->", README, re.DOTALL)
    printed = ringwall("unused", str(ROOT / "examples" / "unused-access.jsonl")).stdout

    assert shown is not None
    assert [part for part in shown[1].split("\n\n") if f"{part.strip()}\n" not in printed] == []
    # The id in the text below is that of the finding above.
    assert re.findall(r"ringwall fix (\w{8}) --unused", README)[0] in shown[1]


def test_every_page_that_the_readme_links_to_exists():
    """
    Links to files of the project lead somewhere.
    """
    links = re.findall(r"\]\(((?!http)[^)#]+)\)", README)

    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
