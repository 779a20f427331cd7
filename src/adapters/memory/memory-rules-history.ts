import { mostEditions, type RulesEdition, type RulesHistory } from '../../ports/rules-history.js';

/** The history's twin for tests and trials. */
export function createMemoryRulesHistory(now: () => Date): RulesHistory {
  let kept: readonly { readonly edition: RulesEdition; readonly text: string }[] = [];
  const find = (id: number) => kept.find(({ edition }) => edition.id === id);
  return {
    add(given, text) {
      const id = (kept[0]?.edition.id ?? 0) + 1;
      const edition = { ...given, id, inForceSince: now() };
      kept = [{ edition, text }, ...kept].slice(0, mostEditions);
      return edition;
    },
    latest: () => kept[0]?.edition,
    edition: (id) => find(id)?.edition,
    text: (id) => find(id)?.text,
    editions: (limit, { before = Infinity, version } = {}) =>
      kept
        .map(({ edition }) => edition)
        .filter(({ id }) => id < before)
        .filter((edition) => version === undefined || edition.version === version)
        .slice(0, limit),
  };
}
