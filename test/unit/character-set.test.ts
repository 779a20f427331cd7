import assert from 'node:assert/strict';
import { characterSetOf, decodeText, textValues } from '../../src/dicom/character-set.js';

/** Made-up names; bytes written by pydicom 2.3.1, those of ISO 2022 IR 58 by the example in PS3.5 K.2. */
const names: readonly (readonly [characterSet: string, bytes: string, name: string])[] = [
  ['ISO_IR 100', '4275635e4ae972f46d65', 'Buc^Jérôme'],
  ['ISO_IR 101', '5761b3ea73615eaff3b3e6', 'Wałęsa^Żółć'],
  ['ISO_IR 109', 'c66170656c6973746f5edd61', 'Ĉapelisto^Ŭa'],
  ['ISO_IR 110', 'a9f3ba727369656c615eab69727473', 'Šķērsiela^Ģirts'],
  ['ISO_IR 144', 'bbeedae1d5dcd1e3e0d35ebff1e2e0', 'Люксембург^Пётр'],
  ['ISO_IR 127', 'e2c8c7e6ea5ee4e6d2c7d1', 'قباني^لنزار'],
  ['ISO_IR 126', 'c4e9efedf5f3e9eff25ec1f3e8e5eddef2', 'Διονυσιος^Ασθενής'],
  ['ISO_IR 138', 'f9f8e5ef5ee3e1e5f8e4', 'שרון^דבורה'],
  ['ISO_IR 148', 'c7617675fe6ff06c755edd62726168696d', 'Çavuşoğlu^İbrahim'],
  ['ISO_IR 166', 'b9d2c1caa1d8c55eaad7e8cd', 'นามสกุล^ชื่อ'],
  ['ISO_IR 13', 'd4cfc0de5ec0dbb3', 'ﾔﾏﾀﾞ^ﾀﾛｳ'],
  ['ISO_IR 192', '57616e673de78e8b5ee5b08fe69db1', 'Wang=王^小東'],
  ['GB18030', '57616e673dcdf55ed0a1b6ab', 'Wang=王^小东'],
  ['GBK', '57616e673dcdf55ed0a1b6ab', 'Wang=王^小东'],
  [
    '\\ISO 2022 IR 87',
    '59616d6164613d1b24423b3345441b28425e1b244242404f3a1b28423d1b24422464245e24401b2842',
    'Yamada=山田^太郎=やまだ',
  ],
  [
    'ISO 2022 IR 13\\ISO 2022 IR 87',
    'd4cfc0de5ec0dbb33d1b24423b3345441b284a5e1b244242404f3a1b284a',
    'ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎',
  ],
  [
    '\\ISO 2022 IR 149',
    '486f6e673d1b242943fbf35e1b242943d1ced4d73d1b242943c8ab5e1b242943b1e6b5bf',
    'Hong=洪^吉洞=홍^길동',
  ],
  ['\\ISO 2022 IR 58', '5a68616e673d1b242941d5c55e1b242941d0a1b6ab', 'Zhang=张^小东'],
  ['\\ISO 2022 IR 159', '4b616e6a693d1b242844302130221b2842', 'Kanji=丂丄'],
  [
    '\\ISO 2022 IR 100\\ISO 2022 IR 144',
    '4d1b2d41fc6c6c65725e5a1b2d41eb3d1b2d4cbbeedae1',
    'Müller^Zë=Люкс',
  ],
];

const decoded = (characterSet: string, hex: string, vr = 'PN') =>
  decodeText(Buffer.from(hex, 'hex'), vr, characterSetOf(characterSet.split('\\')));

describe('character sets', () => {
  for (const [characterSet, bytes, name] of names) {
    it(`reads ${name} in '${characterSet}' code point by code point`, () => {
      assert.equal(decoded(characterSet, bytes), name);
    });
  }

  it('understands usual misspellings of the defined terms', () => {
    for (const term of ['ISO-IR 100', 'ISO IR 100', 'iso_ir_100', ' ISO_IR 100 ']) {
      assert.equal(decoded(term, 'fc'), 'ü', term);
    }
    assert.equal(decoded('UTF-8', 'c3bc'), 'ü');
  });

  it('takes a lone ISO 2022 IR 87 as an extension of the default repertoire', () => {
    assert.equal(decoded('ISO 2022 IR 87', '411b24423b331b284242'), 'A山B');
  });

  it('reads undeclared bytes as Latin-1 and never fails', () => {
    assert.equal(decoded('', 'fc'), 'ü');
    assert.equal(decoded('NO SUCH SET', 'fc'), 'ü');
    assert.equal(decoded('\\ISO 2022 IR 87', '411b2d4cbb'), 'A\x1b-L»');
  });

  it('does not split a GBK character whose second byte is a backslash', () => {
    // U+4E57 is 81 5C in GBK.
    assert.deepEqual(textValues(decoded('GBK', '815c5c41', 'LO'), 'LO'), ['乗', 'A']);
  });

  it('splits values at backslashes, but not those of long text', () => {
    assert.deepEqual(textValues('a \\ b\0', 'LO'), ['a', 'b']);
    assert.deepEqual(textValues(' a\\b ', 'LT'), [' a\\b']);
  });
});
