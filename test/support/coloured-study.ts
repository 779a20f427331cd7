import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openColourTools, type OpenTools } from '../../src/compose/tools.js';
import { colouriseFile, type ColouriseOptions } from '../../src/cli/commands/colourise.js';
import { loadSettings } from '../../src/config/load-settings.js';
import { makeChestPhantom, type PhantomOptions } from '../../src/phantom/chest-phantom.js';
import { phantomInstance, type PhantomIdentity } from '../../src/phantom/phantom-instance.js';
import { temporaryFolder } from './process.js';

/** Small enough for a test, large enough for the networks to see what they see on a whole film. */
export const smallFilm = { Columns: 1000, Rows: 1200 } as const;

/** One radiograph and what the product made of it. */
export interface ColouredStudy {
  readonly source: Buffer;
  readonly colour: Buffer;
  /** Our own picture of the source, grey. */
  readonly greyPng: Buffer;
  readonly colourPng: Buffer;
  /** Where `colour` lies. */
  readonly file: string;
}

/** The tools of `colouriser colourise`, with default settings. */
export function openTools(): Promise<OpenTools> {
  return openColourTools(loadSettings(undefined, {}), { concurrency: 1 });
}

/** A phantom as Part 10 bytes; equal numbers make one study. */
export function phantomFile(
  options: PhantomOptions,
  study: number,
  change: Partial<PhantomIdentity> = {},
): Buffer {
  const identity = {
    PatientName: 'Phantom^Chest',
    PatientID: `PHANTOM-${study}`,
    StudyInstanceUID: `2.25.77${study}`,
    SeriesInstanceUID: `2.25.77${study}1`,
    SOPInstanceUID: `2.25.77${study}11`,
    ...change,
  };
  const phantom = makeChestPhantom({ ...smallFilm, ...options });
  return Buffer.from(phantomInstance(phantom, identity));
}

/** Colours a radiograph as the command line does. */
export async function colouredStudy(
  source: Buffer,
  tools: OpenTools,
  options: Partial<ColouriseOptions> = {},
): Promise<ColouredStudy> {
  const folder = temporaryFolder();
  const [input, output, png] = ['in.dcm', 'out.dcm', 'out.png'].map((name) => join(folder, name));
  if (!input || !output || !png) throw new Error('no names');
  writeFileSync(input, source);
  const { result } = await colouriseFile(
    { model: 'evidence', ...options, input, output, png },
    tools,
  );
  if (result.outcome !== 'written') throw new Error(JSON.stringify(result));
  return {
    source,
    colour: readFileSync(output),
    greyPng: Buffer.from(
      await tools.pictures.preview(Uint8Array.from(source), {
        width: 100_000,
        window: options.window ?? 1,
      }),
    ),
    colourPng: readFileSync(png),
    file: output,
  };
}
