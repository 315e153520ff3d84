"""The README shows what the program does: its pasted output is the demo's."""

import re
from pathlib import Path

from tests.cli.running import ringwall

README = (Path(__file__).parent.parent / "README.md").read_text()


def test_the_output_in_the_readme_is_the_demos():
    """
    The block between the demo's markers is part of what `ringwall demo` prints, line by line.
    """
    shown = re.search(r"<!-- demo -->\n```\n(.*?)```\n<!-- /demo -->", README, re.DOTALL)

    assert shown is not None
    assert shown[1] in ringwall("demo").stdout


def test_every_page_that_the_readme_links_to_exists():
    """
    Links to files of the project lead somewhere.
    """
    links = re.findall(r"\]\(((?!http)[^)#]+)\)", README)

    assert links
    assert [link for link in links if not (Path(__file__).parent.parent / link).exists()] == []
