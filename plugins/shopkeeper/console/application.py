"""The console as one web application, mounted into Airflow's: its routes, its headers and its errors."""

import gzip
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Literal

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException as AnyHTTPException

from shopkeeper.console import rendering
from shopkeeper.console.access import Looking
from shopkeeper.console.reader import Busy, Reader
from shopkeeper.errors import Fenced, UserError
from shopkeeper.paths import ConsolePaths, Home
from shopkeeper.sentences import Sentence

LOG = logging.getLogger(__name__)
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
TITLES = {401: "Not signed in", 403: "Not allowed", 404: "Not found", 503: "Busy"}
KINDS = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


def create(home: Home) -> FastAPI:
    """Return the console of one home; who runs it must say who has signed in (`access.signed_in`)."""
    from shopkeeper.console import docs, guides, health, pages, quarantine, runs, tables, versions

    app = FastAPI(title="Shopkeeper", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.home, app.state.reader = home, Reader(home)
    app.middleware("http")(_with_headers)
    app.add_exception_handler(UserError, _tell_user)
    app.add_exception_handler(AnyHTTPException, _tell)
    app.add_exception_handler(RequestValidationError, _tell_unreadable)
    app.get("/static/{digest}/{name}")(static_file)
    app.get("/{name}.svg")(icon)
    for room in (health, runs, versions, quarantine, tables, docs, guides, pages):
        app.include_router(room.router)
    return app


async def _with_headers(request: Request, respond: Callable[[Request], Awaitable[Response]]) -> Response:
    response = await respond(request)
    for name, content in HEADERS.items():
        response.headers.setdefault(name, content)
    return response


def static_file(request: Request, digest: str, name: str, caller: Looking) -> Response:
    """Serve a script, style or picture; its address changes with its content, so it is kept for good."""
    if digest != rendering.static_digest():
        raise HTTPException(404, Sentence("there is no such file"))
    headers = {"Cache-Control": "private, max-age=31536000, immutable"}
    kind = KINDS.get("." + name.rpartition(".")[2], "application/octet-stream")
    packed = _static_files().get(f"{name}.gz")
    if packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
        return Response(packed.read_bytes(), media_type=kind, headers={**headers, "Content-Encoding": "gzip"})
    return Response(static_content(name), media_type=kind, headers=headers)


def static_content(name: str) -> bytes:
    """Return a static file, unpacked where it is kept packed; 404 if there is no such file."""
    files = _static_files()
    if name in files:
        return files[name].read_bytes()
    if f"{name}.gz" not in files:
        raise HTTPException(404, Sentence("there is no such file"))
    return gzip.decompress(files[f"{name}.gz"].read_bytes())


def _static_files() -> dict[str, Path]:
    return {file.name: file for file in ConsolePaths().static.iterdir()}


def icon(name: Literal["icon", "icon-dark"], caller: Looking) -> Response:
    """Serve the picture in Airflow's menu, whose address is fixed."""
    headers = {"Cache-Control": "private, max-age=86400"}
    return Response(ConsolePaths().icon(name).read_bytes(), media_type=KINDS[".svg"], headers=headers)


def _tell_user(request: Request, error: Exception) -> Response:
    """Show what is wrong and its cure; a user's fault is no fault of the server."""
    return _fault(
        request, 503 if isinstance(error, Busy) else 409 if isinstance(error, Fenced) else 422, error.args[0]
    )


def _tell(request: Request, error: Any) -> Response:
    if getattr(request.state, "caller", None) is None and error.status_code == 404:
        # Which addresses exist is nothing for those who have not signed in.
        return _fault(request, 404, Sentence("there is no such page"))
    return _fault(request, error.status_code, error.detail)


def _tell_unreadable(request: Request, error: Any) -> Response:
    """Name what is missing or of another kind, without repeating it."""
    names = sorted({str(each["loc"][-1]) for each in error.errors()})
    return _fault(request, 422, Sentence("{what} is missing or not of its kind", what=", ".join(names)))


def _fault(request: Request, status: int, why: str) -> Response:
    title = TITLES.get(status, "That did not work")
    return rendering.page(request, "fault.html", status, title=title, why=why)
