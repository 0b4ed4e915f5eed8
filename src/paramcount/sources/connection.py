"""One request over HTTP, and what its failures mean to the user."""

from __future__ import annotations

import http.client
import os
import socket
import ssl
import urllib.error
import urllib.request

from paramcount.errors import FetchFailed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import IO

TIMEOUT = 30.0
"""Seconds without any byte after which a connection counts as dropped."""

REDIRECTS = 8
"""Redirects that are followed, one after the other."""

OFFLINE = "PARAMCOUNT_OFFLINE"
"""The environment variable that forbids every connection."""

_HEADERS = {
    "User-Agent": "paramcount",
    "Accept": "*/*",
    # An archive that a server packs once more on its way would end in the middle of nowhere when it is cut off.
    "Accept-Encoding": "identity",
}

_ADVICE = {
    401: "It needs a login: set KAGGLE_USERNAME and KAGGLE_KEY for Kaggle, or fetch it with the hub's own tools.",
    403: "It may need a login, or consent to its licence on its page: set KAGGLE_USERNAME and KAGGLE_KEY for Kaggle.",
    404: "Check the handle and its version on the page of the model.",
    410: "The model is no longer offered there.",
    429: "The server has had too many requests; try again later.",
}


def connect(
    address: str, name: str, secrets: Mapping[str, str], more: Mapping[str, str] | None = None
) -> http.client.HTTPResponse:
    """The answer to a request, its content still to be read.

    Args:
        address: where to.
        name: what messages call it.
        secrets: headers that no redirect carries on.
        more: further headers.

    Raises:
        FetchFailed: when there is no answer, or one that is an error.
    """
    if os.environ.get(OFFLINE):
        raise FetchFailed(
            f"It is in no cache on this machine, and {OFFLINE} forbids to fetch it", where=name,
            advice=f"Fetch it with the hub's own tools, or unset {OFFLINE}.",
        )  # fmt: skip
    if "@" in address.partition("://")[2].partition("/")[0]:
        # The place is left out: it would put the password into logs.
        raise FetchFailed(
            "An address with a name and a password in it is not fetched",
            advice="Download the archive yourself, and name the file.",
        )
    try:
        request = urllib.request.Request(address, headers={**_HEADERS, **(more or {})})  # noqa: S310 - see _opener
        for key, value in secrets.items():
            request.add_unredirected_header(key, value)
        response: http.client.HTTPResponse = _opener().open(request, timeout=TIMEOUT)
    except FetchFailed as error:
        raise error.at(name) from None
    except urllib.error.HTTPError as error:
        error.close()
        raise _status(error.code, name) from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise refused(error, name) from error
    return response


def connect_anew(address: str, name: str, secrets: Mapping[str, str]) -> http.client.HTTPResponse:
    """The answer to a request for all of something: ``connect`` where no part was asked for, and none may come."""
    response = connect(address, name, secrets)
    if response.status != 200:
        response.close()
        raise _status(response.status, name)
    return response


BROKEN = (OSError, http.client.HTTPException, ValueError)
"""What reading an answer raises when the connection breaks, or the server keeps to no rule."""


def receive(response: http.client.HTTPResponse, size: int) -> bytes:
    """At most ``size`` bytes of an answer, as soon as there are some; none at its end, or where it breaks off."""
    # `read` would believe a chunk whose size is negative, and take in all that comes, whatever it was asked for.
    return response.read1(size)


def receive_all(response: http.client.HTTPResponse, size: int) -> bytes:
    """The next ``size`` bytes of an answer, fewer only at its end."""
    parts: list[bytes] = []
    while size > 0 and (data := receive(response, min(size, 1 << 16))):
        # A server that keeps to no rule may give more than was asked for.
        parts.append(data[:size])
        size -= len(data)
    return b"".join(parts)


def _opener() -> urllib.request.OpenerDirector:
    """What opens addresses: HTTP and HTTPS, through proxies, and nothing else that ``urllib`` knows."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.UnknownHandler(),
        _Redirects(),
    ):
        opener.add_handler(handler)
    return opener


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows a few redirects, and none that leads from an encrypted connection to an open one."""

    max_redirections = REDIRECTS
    max_repeats = 2

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        """The request that follows a redirect."""
        # What stands beside the new address is never read: it need not end.
        fp.close()
        scheme = newurl.partition(":")[0].lower()
        if scheme not in ("http", "https") or (scheme == "http" and req.type == "https"):
            raise FetchFailed("The server redirects to where nothing is fetched", found=f"{scheme}: behind {req.type}:")
        return super().redirect_request(req, fp, 307 if code == 308 else code, msg, headers, newurl)

    # Python 3.10 does not follow this status, which says the same as 307 and says it for good.
    http_error_308 = urllib.request.HTTPRedirectHandler.http_error_302


def _status(code: int, name: str) -> FetchFailed:
    """The error for an answer that is none."""
    if 300 <= code < 400:
        return FetchFailed("The server redirects in a circle, or too often", where=name, found=f"status {code}")
    known = http.client.responses.get(code, "an error")
    advice = _ADVICE.get(code, "Try again later." if code >= 500 else "")
    what = "There is no such model on the server" if code in (404, 410) else "The server refuses to give the model"
    return FetchFailed(what, where=name, found=f"status {code} ({known})", advice=advice)


def refused(error: Exception, name: str) -> FetchFailed:
    """The error for a connection that could not be made, or that broke."""
    reason = getattr(error, "reason", None)
    cause = reason if isinstance(reason, BaseException) else error
    if isinstance(cause, FetchFailed):
        return cause
    if isinstance(cause, socket.gaierror):
        return FetchFailed(
            "The name of the server cannot be looked up", where=name,
            advice="Check the connection to the network; offline, name a file or folder that is on this machine.",
        )  # fmt: skip
    if isinstance(cause, ssl.SSLCertVerificationError):
        what = f"The server cannot prove who it is: {getattr(cause, 'verify_message', '') or cause}"
    elif isinstance(cause, ssl.SSLError):
        what = f"No encrypted connection to the server: {cause.reason or cause}"
    elif isinstance(cause, TimeoutError):
        what = "The server does not answer in time"
    else:
        said = getattr(cause, "strerror", None) or reason or cause
        what = f"No connection to the server: {said or type(cause).__name__}"
    return FetchFailed(what, where=name)
