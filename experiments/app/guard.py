"""Who may ask the server: the browser that was given its address, on this machine, and nobody else.

Another site that the browser shows could send requests to a server of this machine, also under a
name of its own that it has lead here. So each request must name this server as its host; where it
says which page sent it, that page must be one of this server's; and it must bring the cookie that
the first address was exchanged for.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK = "127.0.0.1"
TOKEN = "token"
STYLE = "/style.css"
"""The one page that needs no cookie: pages that refuse look like the others."""
MOST_UPLOAD_BYTES = 20_000_000
MOST_FORM_BYTES = 200_000
METHODS = ("GET", "HEAD", "POST")
POLICY = (
    "default-src 'none'; style-src 'self'{drawings}; img-src 'self' data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
DRAWINGS = " 'unsafe-inline'"
"""Charts are drawings within the page, whose lines say their own colours. Nothing may run."""
WITH_DRAWINGS = "X-Drawings"
"""By this a page says to the guard that it has some; it goes no further."""
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
Refuse = Callable[[int, str, str], Response]
"""Makes a page that refuses: its status, its heading and what to do."""


class TooLargeError(Exception):
    """A request has more bytes than are read; the message says how many those are."""

    def __init__(self, most: int) -> None:
        super().__init__(f"At most {most / 1e6:g} MB can be sent. Nothing was kept.")


@dataclass(frozen=True)
class Key:
    """What opens the server: the token of its first address, and the cookie it is exchanged for."""

    port: int
    token: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    cookie: str = field(default_factory=lambda: secrets.token_urlsafe(32))

    @property
    def host(self) -> str:
        """What a request must call the server."""
        return f"{LOOPBACK}:{self.port}"

    @property
    def origin(self) -> str:
        """What a page of the server is said to come from."""
        return f"http://{self.host}"

    @property
    def address(self) -> str:
        """The first address."""
        return f"{self.origin}/?{TOKEN}={self.token}"

    @property
    def cookie_name(self) -> str:
        """Cookies do not know ports: two servers must not take each other's."""
        return f"caremarket_{self.port}"


@dataclass(frozen=True)
class Guard:
    """Lets through what may be asked, bounds what is read, and says what a page may do."""

    app: ASGIApp
    key: Key
    refuse: Refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it on."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":  # a web socket: nobody here speaks through one
            await send({"type": "websocket.close", "code": 1008})
            return
        within = with_headers(send)
        headers = Headers(scope=scope)
        refused = (
            self.refused(scope, headers) or self.let_in(scope) or self.stranger(scope, headers)
        )
        most = MOST_UPLOAD_BYTES if is_upload(headers) else MOST_FORM_BYTES
        if refused is None and length(headers) > most:
            refused = too_large(self.refuse, TooLargeError(most))
        if refused is not None:
            await refused(scope, receive, within)
        else:
            await self.app(scope, bounded(receive, most), within)

    def refused(self, scope: Scope, headers: Headers) -> Response | None:
        """An answer to a request that no page of this server can have made."""
        if headers.getlist("host") != [self.key.host]:
            return self.refuse(403, "This address is not allowed", OPEN_ANEW)
        if scope["method"] not in METHODS:
            return self.refuse(405, "This cannot be asked", "Go back and use the page’s links.")
        origins = headers.getlist("origin")
        strange = any(origin != self.key.origin for origin in origins)
        if strange or (scope["method"] == "POST" and not origins):
            return self.refuse(403, "Another website asked for this", "Nothing was done.")
        if headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
            return self.refuse(403, "Another website asked for this", "Nothing was done.")
        return None

    def let_in(self, scope: Scope) -> Response | None:
        """The token of the first address, exchanged for a cookie."""
        given = parse_qs(scope["query_string"].decode("latin-1")).get(TOKEN, [])
        if scope["path"] != "/" or len(given) != 1:
            return None
        if not same(given[0], self.key.token):
            return self.refuse(403, "This address is out of date", OPEN_ANEW)
        response = RedirectResponse("/", status_code=303)
        response.set_cookie(
            self.key.cookie_name, self.key.cookie, httponly=True, samesite="strict", path="/"
        )
        return response

    def stranger(self, scope: Scope, headers: Headers) -> Response | None:
        """An answer to whoever has not come by the first address."""
        if scope["path"] == STYLE:
            return None
        try:
            cookies = SimpleCookie(headers.get("cookie", ""))
        except CookieError:
            cookies = SimpleCookie()
        mine = cookies.get(self.key.cookie_name)
        if mine is not None and same(mine.value, self.key.cookie):
            return None
        return self.refuse(403, "Open the app again", OPEN_ANEW)


OPEN_ANEW = (
    "Start the app again, or open the address that it shows in its window. "
    "Your questions and results are kept."
)


def too_large(refuse: Refuse, error: Exception) -> Response:
    """An answer to more than is read."""
    return refuse(413, "That is too large", str(error))


def same(given: str, right: str) -> bool:
    """Whether two secrets agree; the time it takes tells nothing of them."""
    return secrets.compare_digest(given.encode("utf-8"), right.encode("utf-8"))


def is_upload(headers: Headers) -> bool:
    """Whether a request brings files."""
    return headers.get("content-type", "").startswith("multipart/form-data")


def length(headers: Headers) -> int:
    """The length that a request claims to have."""
    text = headers.get("content-length", "0")
    return int(text) if text.isdigit() and len(text) < 16 else 0


def bounded(receive: Receive, most: int) -> Receive:
    """What is received, as long as it is not more than so many bytes, whatever it claims."""
    left = [most]

    async def received() -> Message:
        message = await receive()
        left[0] -= len(message.get("body", b""))
        if left[0] < 0:
            raise TooLargeError(most)
        return message

    return received


def with_headers(send: Send) -> Send:
    """Every answer with what a browser is to observe."""

    async def told(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            drawings = DRAWINGS if headers.get(WITH_DRAWINGS) else ""
            if drawings:
                del headers[WITH_DRAWINGS]
            headers["Content-Security-Policy"] = POLICY.format(drawings=drawings)
            for name, value in HEADERS.items():
                headers[name] = value
        await send(message)

    return told
