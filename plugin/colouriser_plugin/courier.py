"""The one thread that talks to the service, so that no thread of Orthanc ever does.

Orthanc's HTTP threads have small stacks (100 KiB in the Debian build) and are few; a name
look-up, a TLS handshake or a service that hangs has no place in them. They leave an errand
here and wait for it with a deadline. Wake-ups are not even errands but one flag: a thousand
arrivals while the service is away are one wake-up when it is back.
"""

import threading
import time
from collections import deque
from typing import Callable, Deque, NamedTuple, Optional

from .service import Answer

WAKE_GAP_SECONDS = 0.15
BACK_OFF_SECONDS = (0.5, 1, 2, 5, 10, 30)
MAX_ERRANDS = 8
STATUS_FRESH_SECONDS = 1.0


class Reply(NamedTuple):
    """What an HTTP thread hands to its browser: a status code and a JSON text."""

    code: int
    text: str


class Errand:
    """One question on its way. `key` lets those who ask the same thing share one answer."""

    def __init__(self, request: Callable[[], Answer], shape: Callable[[Answer], Reply],
                 deadline: float, key: str = '') -> None:  # fmt: skip
        self.request, self.shape, self.deadline, self.key = request, shape, deadline, key
        self.reply: Optional[Reply] = None
        self.answered_at = 0.0
        self.done = threading.Event()


class Courier:
    """Delivers wake-ups and errands one at a time; notes when the service goes and comes back.

    `wake_service` sends one wake-up; `report` receives one line when the service goes away
    and one when it is back.
    """

    def __init__(self, wake_service: Callable[[], Answer],
                 report: Callable[[str], None]) -> None:  # fmt: skip
        self._wake_service, self._report = wake_service, report
        self._changed = threading.Condition()
        self._errands: Deque[Errand] = deque()
        self._kept: Optional[Errand] = None
        self._wake_wanted = self._stopped = False
        self._not_before = 0.0
        self._failures = 0
        self._state = 'ok'
        self._thread = threading.Thread(target=self._run, name='colouriser', daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread; one that hangs in a request is left behind, it is a daemon."""
        with self._changed:
            self._stopped = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join(0.3)

    def wake(self) -> None:
        """Asks for a wake-up soon; returns at once."""
        with self._changed:
            self._wake_wanted = True
            self._changed.notify()

    def ask(self, errand: Errand) -> Optional[Reply]:
        """The reply, or None when it did not come by the errand's deadline or too many wait."""
        with self._changed:
            known = self._same(errand)
            if known is None:
                if len(self._errands) >= MAX_ERRANDS or self._stopped:
                    return None
                known = errand
                self._kept = errand if errand.key else self._kept
                self._errands.append(errand)
                self._changed.notify()
        known.done.wait(max(0.0, errand.deadline - time.monotonic()))
        return known.reply

    def _same(self, errand: Errand) -> Optional[Errand]:
        """Another errand with this key: still waiting, or answered a moment ago."""
        kept = self._kept
        if kept is None or kept.key != errand.key:
            return None
        if kept.done.is_set() and time.monotonic() - kept.answered_at > STATUS_FRESH_SECONDS:
            return None
        return kept

    def _run(self) -> None:
        while True:
            errand = self._next()
            if self._stopped:
                return
            try:
                if errand is None:
                    self._deliver_wake()
                else:
                    self._deliver(errand)
            except Exception as fault:  # A fault of ours must not end the only thread.
                self._report('fault of the plugin: %r' % (fault,))

    def _next(self) -> Optional[Errand]:
        """Waits for work: an errand, or None for a wake-up (or the end)."""
        with self._changed:
            while not self._stopped:
                if self._errands:
                    return self._errands.popleft()
                left = self._not_before - time.monotonic()
                if self._wake_wanted and left <= 0:
                    self._wake_wanted = False
                    return None
                self._changed.wait(left if self._wake_wanted else None)
            return None

    def _deliver(self, errand: Errand) -> None:
        if time.monotonic() < errand.deadline:
            answer = errand.request()
            self._note(answer)
            errand.reply = errand.shape(answer)
        errand.answered_at = time.monotonic()
        errand.done.set()

    def _deliver_wake(self) -> None:
        """One wake-up; one that fails stays wanted and is tried again after the back-off."""
        answer = self._wake_service()
        with self._changed:
            if answer.state != 'ok':
                self._wake_wanted = True
        self._note(answer)

    def _note(self, answer: Answer) -> None:
        """Sets the time of the next wake-up and says, once, that the service went or came."""
        if answer.state == 'ok':
            self._failures = 0
            self._not_before = time.monotonic() + WAKE_GAP_SECONDS
        else:
            step = min(self._failures, len(BACK_OFF_SECONDS) - 1)
            self._failures += 1
            self._not_before = time.monotonic() + BACK_OFF_SECONDS[step]
        if answer.state != self._state:
            self._state = answer.state
            self._report(_news(answer))


def _news(answer: Answer) -> str:
    if answer.state == 'ok':
        return 'the service answers again'
    mend = {
        'unreachable': 'Start it, or correct "Colouriser" "Url" in the configuration of Orthanc.',
        'unauthorised': 'Correct "Colouriser" "Token" in the configuration of Orthanc.',
        'failing': 'Look at its log.',
    }[answer.state]
    return 'the service is %s (%s); it will catch up by itself. %s' % (
        answer.state,
        ' '.join(answer.problem.split())[:200],
        mend,
    )
