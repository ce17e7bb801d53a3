"""The guides and runbooks of `docs/`, as pages: what a log, a verdict or a DAG names can be opened.

Raw HTML in them is text; a link leads to another guide or away from Shopkeeper, else it is text.
"""

import posixpath
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from shopkeeper.console import rendering
from shopkeeper.console.access import Looking
from shopkeeper.paths import GUIDES
from shopkeeper.sentences import Sentence

router = APIRouter()
ADDRESS = f"{rendering.PREFIX}/guides/"


@router.get("/guides/{path:path}")
def guide(request: Request, caller: Looking, path: str) -> HTMLResponse:
    """Show one guide."""
    if path not in names():
        raise HTTPException(404, Sentence("there is no such guide"))
    title, content = rendered(path, (GUIDES / path).read_text(encoding="utf-8"))
    return rendering.page(request, "guide.html", title=title, content=content)


@lru_cache(maxsize=1)
def names() -> frozenset[str]:
    """Return the guides by their path below `docs/`."""
    found = (*GUIDES.glob("*.md"), *GUIDES.glob("runbooks/*.md"))
    return frozenset(file.relative_to(GUIDES).as_posix() for file in found)


def rendered(path: str, text: str) -> tuple[str, Markup]:
    """Return the title and the HTML of a guide's Markdown."""
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens, title = reader.parse(text), path
    for place, token in enumerate(tokens):
        if token.type == "heading_open":
            heading = tokens[place + 1].content
            title = heading if token.tag == "h1" else title
            token.attrSet("id", _anchor(heading))
        if token.children:
            token.children = _with_links(path, token.children)
    environment: dict[str, Any] = {}
    return title, Markup(reader.renderer.render(tokens, reader.options, environment))


def _with_links(path: str, tokens: Sequence[Token]) -> list[Token]:
    """Return what a line consists of, with the links that lead somewhere, without pictures."""
    kept, leads = [], False
    for token in tokens:
        if token.type == "link_open":
            address = _address(path, str(token.attrGet("href")))
            leads = address is not None
            token.attrSet("href", address or "")
        if token.type != "image" and (leads or token.type not in ("link_open", "link_close")):
            kept.append(token)
    return kept


def _address(path: str, link: str) -> str | None:
    if re.match(r"https?://|#", link):
        return link
    file, mark, anchor = link.partition("#")
    name = posixpath.normpath(posixpath.join(posixpath.dirname(path), file))
    return f"{ADDRESS}{name}{mark}{anchor}" if name in names() else None


def _anchor(heading: str) -> str:
    """Return a heading's anchor as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
