"""The documents that a version keeps, served from it: the dictionary, the gates' pages, dbt's documentation.

Only files that the version's manifest lists are served, in a sandbox of their own: they bring their scripts.
"""

import mimetypes
import re

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import HTMLResponse

from shopkeeper import warehouse
from shopkeeper.console import rendering
from shopkeeper.console.access import Looking
from shopkeeper.errors import UserError
from shopkeeper.paths import Home
from shopkeeper.sentences import Sentence

router = APIRouter()
CONFINED = (
    "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'unsafe-inline'; img-src data:; font-src data:; frame-ancestors 'self'"
)
"""Whatever such a page does, it does without our cookies, our origin and the network."""

OF_A_TABLE = re.compile(r"gates/(?!index\.)(.+?)(?<!\.zh)\.html")
DBT = "dbt/index.html"
DARK = (
    b"<style>:root{color-scheme:light dark}@media(prefers-color-scheme:dark){html{background:#fff;"
    b"filter:invert(.93) hue-rotate(180deg)}}</style>"
)
"""Makes dbt's documentation, which knows one theme only, follow the reader's."""


@router.get("/docs")
def documents(request: Request, caller: Looking, version: str | None = None) -> HTMLResponse:
    """List the documents of a version."""
    home: Home = request.app.state.home
    name = version or warehouse.current(home)
    if name is None:
        raise UserError(Sentence("nothing is published yet; run `shopkeeper refresh`"))
    pages = _pages(home, name)
    return rendering.page(
        request,
        "docs.html",
        version=name,
        versions=warehouse.version_names(home)[::-1],
        gates=sorted(found[1] for page in pages if (found := OF_A_TABLE.fullmatch(page))),
        pages=pages,
    )


@router.get("/docs/{version}/{path:path}")
def document(request: Request, caller: Looking, version: str, path: str) -> Response:
    """Serve one document of a version."""
    home: Home = request.app.state.home
    if path not in _pages(home, version):
        raise HTTPException(404, Sentence("the version has no such document"))
    file = home.version(version).document(path)
    kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    headers = {"Content-Security-Policy": CONFINED, "Cache-Control": "private, max-age=86400"}
    content = file.read_bytes()
    if path == DBT:
        content = content.replace(b"</head>", DARK + b"</head>", 1)
    return Response(content, media_type=kind, headers=headers)


def _pages(home: Home, version: str) -> set[str]:
    listed = warehouse.manifest(home, version).get("files", {})
    return {name.removeprefix("docs/") for name in listed if name.startswith("docs/")}
