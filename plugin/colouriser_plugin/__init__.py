"""Ties the plugin together: settings, the courier, Orthanc's callbacks and Explorer's button."""

import json
import os
import time
from typing import Any, Callable, Optional

from . import rest
from .courier import Courier, Errand, Reply
from .service import Answer, send
from .settings import Settings, read_settings


class Plugin:
    """The plugin while it runs. `on_change` is all that Orthanc's events need."""

    def __init__(self, orthanc: Any, settings: Settings) -> None:
        self._orthanc, self._settings = orthanc, settings
        kinds = orthanc.ChangeType
        self._waking = (kinds.NEW_INSTANCE, kinds.STABLE_STUDY, kinds.ORTHANC_STARTED)
        self._courier = Courier(
            self._wake_service, lambda line: orthanc.LogWarning('colouriser: ' + line)
        )
        self._courier.start()

    def on_change(self, change: int, _level: int, _resource: str) -> None:
        """Orthanc calls this from one thread of its own, one change after the other."""
        if change in self._waking:
            self._courier.wake()
        elif change == self._orthanc.ChangeType.ORTHANC_STOPPED:
            self._courier.stop()

    def status(self, method: str, _headers: Any, _body: bytes) -> Reply:
        if method != 'GET':
            return rest.refusal(405, 'Use GET.')
        return self._ask(
            lambda: send(self._settings, 'GET', '/api/status'), rest.status_reply, 'status'
        )

    def trigger(self, method: str, headers: Any, body: bytes) -> Reply:
        wish = rest.check_trigger(method, headers, body)
        if isinstance(wish, Reply):
            return wish
        return self._ask(
            lambda: send(self._settings, 'POST', '/api/trigger', dict(wish.body)),
            rest.trigger_reply,
        )

    def _ask(self, request: Callable[[], Answer], shape: Any, key: str = '') -> Reply:
        # A wake-up may hang on the courier's hands for one time-out before our turn comes.
        deadline = time.monotonic() + 2 * self._settings.timeout_seconds + 0.5
        return self._courier.ask(Errand(request, shape, deadline, key)) or rest.NOT_ANSWERED

    def _wake_service(self) -> Answer:
        answer = send(self._settings, 'POST', '/api/wake', {})
        if answer.state == 'ok' and answer.status >= 300:
            return answer._replace(state='failing', problem='it answered %d' % answer.status)
        return answer


def install(orthanc: Any) -> Optional[Plugin]:
    """Registers everything with Orthanc; None when the settings are faulty (all are logged)."""
    settings, faults = read_settings(
        json.loads(orthanc.GetConfiguration()), os.environ, _read_text
    )  # fmt: skip
    if faults:
        for fault in faults:
            orthanc.LogError('colouriser: the plugin is off: ' + fault)
        answer = rest.misconfigured(faults)
        _serve(orthanc, 'status', lambda *_: answer)
        _serve(orthanc, 'trigger', lambda *_: answer)
        return None
    plugin = Plugin(orthanc, settings)
    _serve(orthanc, 'status', plugin.status)
    _serve(orthanc, 'trigger', plugin.trigger)
    _attempt(
        orthanc,
        'wake-ups; call colouriser.on_change from your own change callback',
        lambda: orthanc.RegisterOnChangeCallback(plugin.on_change),
    )
    if settings.button:
        _attempt(orthanc, 'the button in Orthanc Explorer', lambda: _add_button(orthanc, settings))
    return plugin


def _serve(orthanc: Any, name: str, answer: Callable[[str, Any, bytes], Reply]) -> None:
    def callback(output: Any, _uri: str, **request: Any) -> None:
        headers = {key.lower(): text for key, text in request.get('headers', {}).items()}
        reply = answer(request['method'], headers, request.get('body', b''))
        output.SetHttpHeader('Cache-Control', 'no-store')
        if reply.code == 200:
            output.AnswerBuffer(reply.text, 'application/json')
        elif reply.code == 405:  # Orthanc takes this one without a body.
            output.SendMethodNotAllowed('GET' if name == 'status' else 'POST')
        else:
            output.SetHttpHeader('Content-Type', 'application/json')
            output.SendHttpStatus(reply.code, reply.text, len(reply.text))

    orthanc.RegisterRestCallback('/colouriser/' + name, callback)


def _add_button(orthanc: Any, settings: Settings) -> None:
    script = _read_text(os.path.join(os.path.dirname(__file__), 'explorer.js'))
    page = json.dumps({'pageUrl': settings.page_url}).replace('<', '\\u003c')
    orthanc.ExtendOrthancExplorer('window.colouriser = %s;\n%s' % (page, script))


def _attempt(orthanc: Any, what: str, act: Callable[[], None]) -> None:
    """A part that fails leaves the others working."""
    try:
        act()
    except Exception as fault:
        orthanc.LogError('colouriser: without %s: %s' % (what, fault))


def _read_text(path: str) -> str:
    with open(path, encoding='utf-8') as file:
        return file.read(64 * 1024)
