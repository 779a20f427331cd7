import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import type { StoredEvaluation } from '../../src/evaluation/evaluation-file.js';
import { figureText } from '../../src/evaluation/table.js';
import { openRegistry } from '../../src/models/registry.js';
import { join } from 'node:path';
import { filesBelow, read, root } from '../support/documents.js';

describe('model cards', () => {
  it('stand beside every manifest', () => {
    const folders = (name: string) =>
      filesBelow('models', `/${name}`).map((path) => path.slice(0, -name.length));
    assert.deepEqual(folders('card.md'), folders('manifest.json'));
  });

  it('say what the manifest says: name, version, licence and hash', async () => {
    for (const { manifest } of (await openRegistry(join(root, 'models'))).models) {
      const card = read(`models/${manifest.name}/card.md`);
      assert.ok(card.startsWith(`# ${manifest.name} ${manifest.version}: `), manifest.name);
      assert.ok(card.includes(`| ${manifest.licence} `), `${manifest.name}: licence`);
      assert.ok(card.includes(`\`${manifest.weights.sha256.slice(0, 16)}…\``), manifest.name);
    }
  });

  it('quote figures of the weights that are shipped', async () => {
    const { entries } = await openRegistry(join(root, 'models'));
    const measured = filesBelow('models', '/evaluation.json');
    assert.ok(measured.includes('models/evidence/evaluation.json'));
    for (const path of measured) {
      const { model, version, sha256, rows } = JSON.parse(read(path)) as StoredEvaluation;
      const folder = path.slice(0, -'/evaluation.json'.length);
      const entry = entries.find((each) => each.model.folder === join(root, folder));
      const { name, version: known, weights } = entry?.model.manifest ?? {};
      assert.deepEqual([model, version, sha256], [name, known, weights?.sha256], path);
      const card = read(`${folder}/card.md`);
      for (const row of rows.filter(({ value }) => value !== null)) {
        assert.ok(card.includes(`| ${figureText(row)} `), `${path}: ${row.metric}`);
      }
    }
  });

  it('say what the colour is not for, under which terms it was learnt, and after whom', () => {
    for (const path of filesBelow('models', '/card.md')) {
      const card = read(path).replaceAll(/\s+/g, ' ');
      assert.ok(existsSync(join(root, path, '../examples.webp')), path);
      for (const words of [
        /not for diagnosis/,
        /What the colour means, and what it does not/,
        /photographs are under terms for non-commercial research/,
        /Known failures and weak points.*!\[[^\]]+\]\(examples\.webp\)/,
        /10\.4108\/eetpht\.10\.5540/,
      ]) {
        assert.match(card, words, path);
      }
    }
  });
});
