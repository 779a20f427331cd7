/* global window, document, $ */
/**
 * The button in Orthanc Explorer, on the pages of a study, a series and an instance.
 * Explorer runs this script on all of its pages; the plugin sets `window.colouriser` before it.
 * Addresses are relative: Explorer lives in `/app/`, perhaps behind a prefix.
 */
(function () {
  'use strict';
  const pageUrl = visiblePageUrl(window.colouriser.pageUrl);

  for (const level of ['study', 'series', 'instance']) {
    $(document).on('pagebeforecreate', '#' + level, () => insertButton(level));
    $(document).on('pagebeforehide', '#' + level, () => say(level, ''));
  }

  /** An address on loopback means nothing to a browser on another machine. */
  function visiblePageUrl(url) {
    const loopback = /^(localhost|127\..*|\[::1\])$/;
    const reachable =
      !loopback.test(new URL(url).hostname) || loopback.test(window.location.hostname);
    return reachable ? url : '';
  }

  function insertButton(level) {
    const list = $('<ul data-role="listview" data-inset="true" data-theme="d">').append(
      '<li data-role="list-divider">Colouriser</li>',
      $('<li data-icon="star">').append(
        $('<a href="#">')
          .attr('id', 'colourise-' + level)
          .text('Colourise this ' + level)
          .on('click', (event) => {
            event.preventDefault();
            colourise(level);
          }),
      ),
    );
    if (pageUrl) {
      const link = $('<a target="_blank" rel="noopener">').attr('href', pageUrl);
      list.append($('<li data-icon="info">').append(link.text('Open colouriser')));
    }
    const said = $('<p role="status">').attr('id', 'colouriser-said-' + level);
    $('#' + level + '-delete')
      .closest('ul')
      .after(list, said);
  }

  function say(level, text) {
    $('#colouriser-said-' + level).text(text);
  }

  async function colourise(level) {
    const orthancId = $.mobile.pageData && $.mobile.pageData.uuid;
    const button = $('#colourise-' + level);
    if (button.data('busy')) return;
    button.data('busy', true);
    say(level, 'Asking the colouriser\u2026');
    try {
      const answer = await window.fetch('../colouriser/trigger', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'X-Colouriser': '1' },
        body: JSON.stringify({ level, orthancId }),
      });
      say(level, outcome(await answer.json()));
    } catch {
      say(level, 'Orthanc did not answer; reload this page and try again.');
    } finally {
      button.data('busy', false);
    }
  }

  /** One sentence for a reader who cannot see any log. */
  function outcome(reply) {
    if (reply.state === 'queued') {
      if (reply.queued === 0) return 'Nothing to do: already there, or no image that is coloured.';
      return reply.queued === 1 ? '1 image queued.' : reply.queued + ' images queued.';
    }
    if (reply.state === 'refused') return 'Not queued: ' + reply.message;
    return 'The colouriser is ' + reply.state + '. ' + reply.next;
  }
})();
