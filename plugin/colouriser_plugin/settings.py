"""What an administrator may set: section "Colouriser" of orthanc.json, or the environment."""

from typing import Any, Callable, List, Mapping, NamedTuple, Tuple
from urllib.parse import urlsplit

DEFAULT_URL = 'http://127.0.0.1:8044'
KEYS = {
    'Url': 'COLOURISER_URL',
    'PageUrl': 'COLOURISER_PAGE_URL',
    'Token': 'COLOURISER_TOKEN',
    'TokenFile': 'COLOURISER_TOKEN_FILE',
    'TimeoutSeconds': 'COLOURISER_TIMEOUT_SECONDS',
    'Button': 'COLOURISER_BUTTON',
}


class Settings(NamedTuple):
    """Valid settings. `token` is empty when the service asks for none."""

    url: str = DEFAULT_URL
    page_url: str = DEFAULT_URL
    token: str = ''
    timeout_seconds: float = 2.0
    button: bool = True


def read_settings(
    configuration: Mapping[str, Any],
    environ: Mapping[str, str],
    read_text: Callable[[str], str],
) -> Tuple[Settings, List[str]]:
    """Settings from Orthanc's whole configuration, and every fault in them at once.

    The environment wins over the file, TokenFile over Token. A fault names the key and what
    was expected, never a token; the settings of a faulty configuration must not be used.
    """
    faults: List[str] = []
    section = configuration.get('Colouriser', {})
    if not isinstance(section, Mapping):
        return Settings(), ['Colouriser: expected an object with settings']
    faults += ['Colouriser.%s: unknown, expected one of %s' % (key, ', '.join(KEYS))
               for key in section if key not in KEYS]  # fmt: skip

    def value(key: str) -> Any:
        return environ.get(KEYS[key]) or section.get(key)

    def checked(key: str, convert: Callable[[Any], Any], default: Any, expected: str) -> Any:
        given = value(key)
        if given is None or given == '':
            return default
        try:
            return convert(given)
        except (ValueError, TypeError, OSError) as reason:
            shown = '' if key.startswith('Token') else ' is %r,' % (given,)
            faults.append('Colouriser.%s:%s expected %s (%s)' % (key, shown, expected, reason))
            return default

    url = checked('Url', _address, DEFAULT_URL, 'http://HOST:PORT or https://HOST:PORT')
    return (
        Settings(
            url=url,
            page_url=checked('PageUrl', _address, url, 'the address of the console for browsers'),
            token=checked(
                'TokenFile',
                lambda path: _token(read_text(path)),
                checked('Token', _token, '', 'printable ASCII without blanks'),
                'a readable file with the token of the service',
            ),
            timeout_seconds=checked('TimeoutSeconds', _seconds, 2.0, 'seconds from 0.2 to 30'),
            button=checked('Button', _truth, True, 'true or false'),
        ),
        faults,
    )


def _address(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError('not a text')
    parts = urlsplit(value)
    if parts.scheme not in ('http', 'https') or not parts.hostname:
        raise ValueError('not an address')
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError('no login, query or fragment belongs here')
    if parts.port == 0:
        raise ValueError('port 0')
    return value.rstrip('/')


def _token(value: Any) -> str:
    token = value.strip() if isinstance(value, str) else ''
    if not token or not all('!' <= character <= '~' for character in token):
        raise ValueError('empty, or with characters that no header can carry')
    return token


def _seconds(value: Any) -> float:
    seconds = float(value)
    if isinstance(value, bool) or not 0.2 <= seconds <= 30:
        raise ValueError('out of range')
    return seconds


def _truth(value: Any) -> bool:
    truths = {'true': True, 'false': False, '1': True, '0': False}
    text = str(value).lower()
    if text not in truths:
        raise ValueError('not a truth value')
    return truths[text]
