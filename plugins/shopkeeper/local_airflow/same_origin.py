"""Limits Airflow's web server to requests for its own address, and to changes by its own pages.

A page of another site, open in the same browser, can reach a server on this machine: under a name of its own
that resolves to this machine (DNS rebinding), or by a form that the browser sends with the user's cookie.
"""

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
READING = ("GET", "HEAD", "OPTIONS")


def guarded(app: ASGIApp) -> ASGIApp:
    """Refuse requests for names other than loopback and the configured addresses, and other sites' changes.

    The addresses are `[api] base_url` and that of the tasks, `[core] execution_api_server_url`.
    """
    from airflow.configuration import conf

    base = urlsplit(conf.get("api", "base_url", fallback=""))
    tasks = urlsplit(conf.get("core", "execution_api_server_url", fallback=""))
    hosts = [*LOOPBACK, *(address.hostname for address in (base, tasks) if address.hostname)]
    own = SameOrigin(app, f"{base.scheme}://{base.netloc}")
    return TrustedHostMiddleware(own, allowed_hosts=hosts, www_redirect=False)


class SameOrigin:
    """Refuses changes that come from a page of another origin, with status 403.

    Browsers name the page's origin in `Origin` or, failing that, its kind in `Sec-Fetch-Site`; programs send
    neither and must present a token.
    """

    def __init__(self, app: ASGIApp, origin: str) -> None:
        self.app, self.origin = app, origin

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] == "lifespan" or not self.is_foreign(scope):
            await self.app(scope, receive, send)
            return
        why = "Another site's page has asked for this; open Airflow itself, at [api] base_url"
        await PlainTextResponse(why, status_code=403)(scope, receive, send)

    def is_foreign(self, scope: Scope) -> bool:
        """Whether a request would change something on behalf of a page of another origin."""
        if scope.get("method") in READING:
            return False
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        if origin is None:
            return headers.get("sec-fetch-site", "none") not in ("none", "same-origin")
        return origin != self.origin and urlsplit(origin).netloc != headers.get("host")
