import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { demoPhantoms, smallSize } from '../../src/demo/sources.js';
import { makeChestPhantom, type PixelBox } from '../../src/phantom/chest-phantom.js';
import { endChild, startChild, temporaryFolder, until } from '../support/process.js';

/** Preparation, eight pictures' work and slow machines. */
const runMs = 300_000;

describe('npm run demo', function () {
  this.timeout(runMs);

  describe('with --once', () => {
    const demo = newDemo();
    let code: number;
    before(async () => {
      code = await ended(demo.start('--once', '--small', '--output', demo.output));
    });

    it('ends by itself with exit code 0 and leaves nothing but its pictures', () => {
      assert.equal(code, 0, demo.said());
      assert.deepEqual(readdirSync(demo.temporary), []);
      assert.equal(readdirSync(demo.output).length, 3 * demoPhantoms.length);
    });

    it('says for each picture after what time its colour series stood there', () => {
      const times = demo.said().match(/colour series after \d+\.\d s, model evidence/g);
      assert.equal(times?.length, demoPhantoms.length, demo.said());
    });

    for (const { seed, opacity } of demoPhantoms) {
      if (opacity === 'none') {
        it('leaves the clear phantom grey, bit for bit', async () => {
          const name = join(demo.output, `phantom-${seed}-clear`);
          const [before, after] = [await rgb(`${name}.before.png`), await rgb(`${name}.after.png`)];
          assert.deepEqual(after.data, before.data);
          assert.equal(
            chroma(after.data).find((value) => value > 0),
            undefined,
          );
        });
      } else {
        it(`colours the opacity of phantom ${seed} (${opacity}) inside its box`, async () => {
          const { opacityBox } = makeChestPhantom({ seed, opacity, ...smallSize });
          assert.ok(opacityBox);
          const picture = await rgb(join(demo.output, `phantom-${seed}-${opacity}.after.png`));
          assert.equal(picture.width, smallSize.Columns);
          const share = shareInside(picture, opacityBox);
          assert.ok(share > 0.5, `${Math.round(share * 100)} % of the colour lies in the box`);
        });
      }
    }
  });

  it('leaves no process and no folder behind when Ctrl-C ends it midway', async () => {
    const demo = newDemo();
    const child = demo.start('--small', '--output', demo.output);
    await until('the demo to send', () => demo.said().includes('sending 4 pictures'), runMs);
    const pids = childrenOf(child.pid ?? 0);
    assert.deepEqual(pids.map(commandOf).sort(), ['Orthanc', 'node']);
    child.kill('SIGINT');
    assert.equal(await ended(child), 130);
    assert.deepEqual(pids.filter(isAlive), []);
    assert.deepEqual(readdirSync(demo.temporary), []);
  });

  it('says in one line that a named file is not there, and starts nothing', async () => {
    const demo = newDemo();
    const code = await ended(demo.start('--once', '--output', demo.output, '/no/such/file.dcm'));
    assert.equal(code, 1);
    assert.match(demo.said(), /✗ \/no\/such\/file\.dcm is not there: name files or folders\./);
    assert.doesNotMatch(demo.said(), /Orthanc runs/);
  });
});

/** A demo with folders of its own. */
function newDemo() {
  const folder = temporaryFolder();
  const [temporary, output] = [join(folder, 'tmp'), join(folder, 'pictures')];
  mkdirSync(temporary);
  let said = '';
  return {
    temporary,
    output,
    said: () => said,
    start(...options: string[]): ChildProcess {
      const child = startChild(process.execPath, ['scripts/demo.mjs', ...options], {
        env: { ...process.env, TMPDIR: temporary },
      });
      const keep = (data: Buffer) => (said += data.toString());
      child.stdout?.on('data', keep);
      child.stderr?.on('data', keep);
      return child;
    },
  };
}

async function ended(child: ChildProcess): Promise<number> {
  try {
    await until('the demo to end', () => child.exitCode !== null || child.signalCode, runMs);
  } finally {
    await endChild(child);
  }
  return child.exitCode ?? -1;
}

interface Rgb {
  readonly data: Buffer;
  readonly width: number;
}

async function rgb(file: string): Promise<Rgb> {
  const { data, info } = await sharp(file)
    .toColourspace('srgb')
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  assert.equal(info.channels, 3);
  return { data, width: info.width };
}

/** Largest less smallest of R, G and B for each pixel. */
function chroma(data: Buffer): Uint8Array {
  return Uint8Array.from({ length: data.length / 3 }, (_, pixel) => {
    const [r, g, b] = [data[3 * pixel]!, data[3 * pixel + 1]!, data[3 * pixel + 2]!];
    return Math.max(r, g, b) - Math.min(r, g, b);
  });
}

function shareInside({ data, width }: Rgb, box: PixelBox): number {
  let [inside, all] = [0, 0];
  chroma(data).forEach((value, at) => {
    const [x, y] = [(at % width) - box.x, Math.floor(at / width) - box.y];
    all += value;
    if (x >= 0 && x < box.width && y >= 0 && y < box.height) inside += value;
  });
  return inside / all;
}

/** Field 4 of /proc/PID/stat is the parent; the name in parentheses before it may hold spaces. */
function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === parent;
      } catch {
        return false;
      }
    });
}

const commandOf = (pid: number) => readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
const isAlive = (pid: number) => existsSync(`/proc/${pid}`);
