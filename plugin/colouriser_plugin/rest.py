"""What `/colouriser/status` and `/colouriser/trigger` accept and answer. Pure decisions.

Orthanc asks for its login before it calls us. That is no defence against a foreign page that
posts with the login its visitor's browser remembers, so a trigger must also come as JSON (no
HTML form can send that) and show that it comes from a page of this Orthanc or from a program.
"""

import json
import re
from typing import Any, Mapping, NamedTuple, Tuple, Union
from urllib.parse import urlsplit

from .courier import Reply
from .service import Answer

MAX_BODY_BYTES = 512
LEVELS = ('study', 'series', 'instance')
ORTHANC_ID = re.compile(r'[0-9a-f]{8}(-[0-9a-f]{8}){4}')
MODEL = re.compile(r'[A-Za-z0-9][A-Za-z0-9._-]{0,63}')
# A nested body would make the C parser recurse: 900 levels overflow the 100 KiB stack of
# Orthanc's HTTP threads and end the process. A trigger is flat, so it is looked at first.
FLAT_OBJECT = re.compile(rb'\s*\{[^{}\[\]]*\}\s*')


class Trigger(NamedTuple):
    """A valid wish, as the service takes it."""

    body: Mapping[str, str]


def check_trigger(
    method: str, headers: Mapping[str, str], body: bytes
) -> Union[Trigger, Reply]:  # fmt: skip
    """The wish, or the refusal to send: 405, 415, 403, 413 or 400 with the reason."""
    if method != 'POST':
        return refusal(405, 'Use POST.')
    content_type = headers.get('content-type', '').split(';')[0].strip().lower()
    if content_type != 'application/json':
        return refusal(415, 'Send Content-Type: application/json.')
    if not _from_here(headers):
        return refusal(403, 'Send the header X-Colouriser: 1; other sites may not trigger.')
    if len(body) > MAX_BODY_BYTES:
        return refusal(413, 'A trigger has at most %d bytes.' % MAX_BODY_BYTES)
    try:
        return Trigger(_wish(body))
    except ValueError as reason:
        return refusal(400, str(reason))


def _from_here(headers: Mapping[str, str]) -> bool:
    """Whether a page of this Orthanc sent it, or a program that can set headers.

    Our button sends X-Colouriser, which a foreign page cannot without a preflight that
    Orthanc never grants. The buttons of Orthanc Explorer 2 cannot add a header; browsers tell
    their page by Sec-Fetch-Site (https, localhost) or Origin.
    """
    site = headers.get('sec-fetch-site', '')
    if site in ('cross-site', 'same-site'):
        return False
    origin = urlsplit(headers.get('origin', '')).netloc
    own = (headers.get('host'), headers.get('x-forwarded-host'))
    return site == 'same-origin' or 'x-colouriser' in headers or (origin != '' and origin in own)


def _wish(body: bytes) -> Mapping[str, str]:
    expected = 'Expected {"level": "study" | "series" | "instance", "orthancId": ID}'
    if not FLAT_OBJECT.fullmatch(body):
        raise ValueError(expected + ' as one flat JSON object.')
    pairs: Tuple[Tuple[str, Any], ...] = json.loads(
        body.decode('utf-8'), object_pairs_hook=tuple
    )  # fmt: skip
    wish = dict(pairs)
    if len(wish) != len(pairs) or not {'level', 'orthancId'} <= set(wish) <= {
        'level', 'orthancId', 'model'
    }:  # fmt: skip
        raise ValueError(expected + ', with "model" if wanted and nothing else.')
    if wish['level'] not in LEVELS:
        raise ValueError('level: expected one of %s.' % ', '.join(LEVELS))
    if not isinstance(wish['orthancId'], str) or not ORTHANC_ID.fullmatch(wish['orthancId']):
        raise ValueError('orthancId: expected the five groups of an Orthanc identifier.')
    model = wish.get('model', 'default')
    if not isinstance(model, str) or not MODEL.fullmatch(model):
        raise ValueError('model: expected the name of a model.')
    return wish


def trigger_reply(answer: Answer) -> Reply:
    """202 {"state":"queued","queued":n}, the service's own refusal, or what ails it."""
    if answer.state != 'ok':
        return trouble(answer)
    body = answer.body or {}
    if 200 <= answer.status < 300:
        queued = body.get('queued')
        if isinstance(queued, int) and not isinstance(queued, bool) and queued >= 0:
            return _json(202, {'state': 'queued', 'queued': queued})
        return trouble(Answer('failing', answer.status, None, 'its answer makes no sense'))
    message = body.get('message') or body.get('error')
    said = message if isinstance(message, str) else 'The service answered %d.' % answer.status
    return refusal(answer.status if answer.status in (404, 409, 422) else 400, said[:500])


def status_reply(answer: Answer) -> Reply:
    """200 with the service's own status, or what ails it."""
    if answer.state == 'ok' and answer.status == 200 and answer.body is not None:
        return _json(200, answer.body)
    if answer.state == 'ok':
        return trouble(Answer('failing', answer.status, None, 'its answer makes no sense'))
    return trouble(answer)


def trouble(answer: Answer) -> Reply:
    """503 when the service is away, else 502: never 401, which would ask for Orthanc's login."""
    mend = {
        'unreachable': 'Start the colouriser, or correct "Colouriser" "Url" in orthanc.json.',
        'unauthorised': 'Correct "Colouriser" "Token" in orthanc.json.',
        'failing': 'Look at the log of the colouriser.',
    }[answer.state]
    return _json(
        503 if answer.state == 'unreachable' else 502,
        {'state': answer.state, 'reason': answer.problem[:200], 'next': mend},
    )


def refusal(code: int, message: str) -> Reply:
    return _json(code, {'state': 'refused', 'message': message})


def misconfigured(faults: Any) -> Reply:
    return _json(
        503,
        {
            'state': 'misconfigured',
            'faults': list(faults),
            'next': 'Correct section "Colouriser" of orthanc.json and restart Orthanc.',
        },
    )


def _json(code: int, value: Any) -> Reply:
    """ASCII only: Orthanc's SendHttpStatus counts bytes where Python counts characters."""
    return Reply(code, json.dumps(value))


NOT_ANSWERED = trouble(Answer('unreachable', problem='no answer in time'))
