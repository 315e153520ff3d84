"""What tests read in pages: their text, their links, and the files that they offer."""

import html
import re

import httpx


def text_of(page: str) -> str:
    """What a reader of the page sees: the text of its content, without tags."""
    main = page.partition("<main")[2].partition(">")[2].partition("</main>")[0]
    return html.unescape(" ".join(re.sub(r"<[^>]*>", " ", main).split()))


def links_in(page: str, start: str) -> list[str]:
    """The addresses of links that begin so."""
    found = re.findall(r'href="([^"]*)"', page)
    return list(dict.fromkeys(html.unescape(each) for each in found if each.startswith(start)))


def data_of(answer: httpx.Response) -> list:
    """A download as JSON."""
    assert answer.status_code == 200
    assert "attachment" in answer.headers["content-disposition"]
    found = answer.json()
    assert isinstance(found, list)
    return found
