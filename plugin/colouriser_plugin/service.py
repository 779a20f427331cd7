"""One request to the colouriser, bounded in time and size."""

import json
import time
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any, NamedTuple, Optional
from urllib.parse import urlsplit

from .settings import Settings

MAX_ANSWER_BYTES = 256 * 1024


class Answer(NamedTuple):
    """What the service said.

    `state` is `ok` (it works, even when it refuses this request in JSON), `unreachable`,
    `unauthorised` or `failing`; `body` is the JSON object of the answer, None without one.
    """

    state: str
    status: int = 0
    body: Optional[Any] = None
    problem: str = ''


def send(settings: Settings, method: str, path: str, body: Optional[dict] = None) -> Answer:
    """Sends one request and never raises. No proxy, no redirect: the service is a neighbour.

    Looking up a host name is not bounded by the time-out, so call this in a thread that
    nobody has to wait for.
    """
    parts = urlsplit(settings.url)
    secure = parts.scheme == 'https'
    connection = (HTTPSConnection if secure else HTTPConnection)(
        parts.hostname or '', parts.port, timeout=settings.timeout_seconds
    )
    headers = {'Accept': 'application/json', 'Content-Type': 'application/json'}
    if settings.token:
        headers['Authorization'] = 'Bearer ' + settings.token
    deadline = time.monotonic() + settings.timeout_seconds
    try:
        payload = None if body is None else json.dumps(body).encode('ascii')
        connection.request(method, parts.path + path, body=payload, headers=headers)
        response = connection.getresponse()
        text = _read(response, deadline)
    except (OSError, HTTPException, ValueError) as reason:
        return Answer('unreachable', problem=str(reason) or type(reason).__name__)
    finally:
        connection.close()
    return _classify(response.status, text)


def _read(response: Any, deadline: float) -> bytes:
    """The body, at most MAX_ANSWER_BYTES; a service that drips is a service that hangs."""
    read = bytearray()
    while len(read) <= MAX_ANSWER_BYTES:
        if time.monotonic() > deadline:
            raise OSError('timed out')
        piece = response.read1(65536)
        if not piece:
            return bytes(read)
        read += piece
    raise OSError('the answer is too long')


def _classify(status: int, text: bytes) -> Answer:
    try:
        parsed = json.loads(text.decode('utf-8')) if text else None
    except (ValueError, RecursionError):
        parsed = None
    body = parsed if isinstance(parsed, dict) else None
    if status in (401, 403):
        return Answer('unauthorised', status, body, 'it answered %d' % status)
    if 200 <= status < 300 or (400 <= status < 500 and body is not None):
        return Answer('ok', status, body)
    return Answer('failing', status, body, 'it answered %d' % status)
