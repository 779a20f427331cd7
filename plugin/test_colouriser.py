"""Unit tests of what needs no Orthanc: `python3 -m unittest` in this folder."""

import json
import threading
import time
import unittest

from colouriser_plugin import courier, rest
from colouriser_plugin.courier import Courier, Errand
from colouriser_plugin.service import Answer, send
from colouriser_plugin.settings import Settings, read_settings

ID = '01234567-89abcdef-01234567-89abcdef-01234567'


def settings_of(section, environ=None, files=None):
    def read(path):
        if path not in (files or {}):
            raise FileNotFoundError(path)
        return files[path]

    return read_settings({'Colouriser': section}, environ or {}, read)


class ReadSettings(unittest.TestCase):
    def test_uses_the_neighbour_without_a_section(self):
        self.assertEqual(read_settings({}, {}, open), (Settings(), []))

    def test_the_environment_wins_and_the_page_follows_the_service(self):
        settings, faults = settings_of(
            {'Url': 'http://a:1'}, {'COLOURISER_URL': 'https://b:2/x/'}
        )
        self.assertEqual(faults, [])
        self.assertEqual((settings.url, settings.page_url), ('https://b:2/x',) * 2)

    def test_reads_the_token_from_its_file(self):
        settings, faults = settings_of({'TokenFile': '/t'}, files={'/t': 'abc\n'})
        self.assertEqual((settings.token, faults), ('abc', []))

    def test_names_a_token_file_that_cannot_be_read(self):
        _, faults = settings_of({'TokenFile': '/none'})
        self.assertEqual(len(faults), 1)
        self.assertIn('Colouriser.TokenFile', faults[0])

    def test_accepts_the_strings_that_a_container_passes(self):
        settings, faults = settings_of({'TimeoutSeconds': '3', 'Button': 'False'})
        self.assertEqual((settings.timeout_seconds, settings.button, faults), (3.0, False, []))

    def test_names_all_faults_at_once(self):
        section = {
            'Url': 8044,
            'PageUrl': 'javascript:alert(1)',
            'TimeoutSeconds': 0,
            'Button': 'perhaps',
            'Other': 1,
        }
        _, faults = settings_of(section)
        self.assertEqual(len(faults), 5, faults)

    def test_takes_no_login_in_an_address(self):
        _, faults = settings_of({'Url': 'http://me:secret@host:1'})
        self.assertEqual(len(faults), 1)


class CheckTrigger(unittest.TestCase):
    headers = {'content-type': 'application/json; charset=utf-8', 'x-colouriser': '1'}

    def test_accepts_a_model(self):
        wish = {'level': 'instance', 'orthancId': ID, 'model': 'unet-resnet18'}
        checked = rest.check_trigger('POST', self.headers, json.dumps(wish).encode())
        self.assertEqual(checked, rest.Trigger(wish))

    def test_refuses_an_origin_that_only_begins_like_ours(self):
        body = json.dumps({'level': 'study', 'orthancId': ID}).encode()
        headers = {
            'content-type': 'application/json',
            'host': 'pacs:8042',
            'origin': 'http://pacs:8042.evil.example',
        }
        self.assertEqual(rest.check_trigger('POST', headers, body).code, 403)
        headers['origin'] = 'http://pacs:8042'
        self.assertIsInstance(rest.check_trigger('POST', headers, body), rest.Trigger)

    def test_passes_the_refusal_of_the_service_on(self):
        reply = rest.trigger_reply(Answer('ok', 404, {'message': 'No such study.'}))
        self.assertEqual(reply.code, 404)
        self.assertEqual(json.loads(reply.text)['message'], 'No such study.')

    def test_does_not_trust_a_count_that_is_none(self):
        for queued in (None, True, -1, '3', 1.5):
            reply = rest.trigger_reply(Answer('ok', 202, {'queued': queued}))
            self.assertEqual(reply.code, 502, queued)

    def test_answers_in_ascii(self):
        self.assertTrue(rest.status_reply(Answer('ok', 200, {'a': '\u00e9'})).text.isascii())


class TheCourier(unittest.TestCase):
    def setUp(self):
        self.lines = []
        self.wakes = []
        self.answers = []
        self.courier = Courier(self._wake, self.lines.append)
        self.addCleanup(self.courier.stop)

    def _wake(self):
        self.wakes.append(time.monotonic())
        return self.answers.pop(0) if self.answers else Answer('ok', 202)

    def test_holds_one_wake_up_however_many_are_asked_for(self):
        for _ in range(1000):
            self.courier.wake()
        self.courier.start()
        time.sleep(0.5)
        self.assertEqual(len(self.wakes), 1)

    def test_tries_a_failed_wake_up_again_after_a_pause(self):
        self.answers = [Answer('unreachable', problem='refused')] * 2
        self.courier.start()
        self.courier.wake()
        time.sleep(courier.BACK_OFF_SECONDS[0] + courier.BACK_OFF_SECONDS[1] + 0.3)
        self.assertEqual(len(self.wakes), 3)
        self.assertEqual(len(self.lines), 2, self.lines)

    def test_turns_errands_away_when_too_many_wait(self):
        deadline = time.monotonic() + 0.2
        replies = []

        def ask():
            errand = Errand(lambda: Answer('ok'), rest.status_reply, deadline)
            replies.append(self.courier.ask(errand))

        threads = [threading.Thread(target=ask) for _ in range(courier.MAX_ERRANDS)]
        for thread in threads:
            thread.start()
        time.sleep(0.05)
        began = time.monotonic()
        ask()
        self.assertLess(time.monotonic() - began, 0.05)
        for thread in threads:
            thread.join()
        self.assertEqual(replies, [None] * (courier.MAX_ERRANDS + 1))

    def test_asks_once_for_all_who_want_the_status(self):
        asked = []

        def request():
            asked.append(1)
            return Answer('ok', 200, {'state': 'ok'})

        self.courier.start()
        for _ in range(5):
            errand = Errand(request, rest.status_reply, time.monotonic() + 1, 'status')
            self.assertEqual(self.courier.ask(errand).code, 200)
        self.assertEqual(len(asked), 1)

    def test_outlives_a_fault_in_an_errand(self):
        self.courier.start()
        broken = Errand(lambda: 1 / 0, rest.status_reply, time.monotonic() + 0.2)
        self.assertIsNone(self.courier.ask(broken))
        self.courier.wake()
        time.sleep(0.1)
        self.assertEqual(len(self.wakes), 1)


class Send(unittest.TestCase):
    def test_an_address_that_nobody_serves_is_unreachable(self):
        answer = send(Settings(url='http://127.0.0.1:1'), 'GET', '/api/status')
        self.assertEqual(answer.state, 'unreachable')


if __name__ == '__main__':
    unittest.main()
