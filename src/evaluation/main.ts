/** Measures models on radiographs, in the product's own path. `scripts/evaluate.mjs` prepares and calls it. */
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createOutput, exitCodes, type Output } from '../cli/output.js';
import { openColourTools } from '../compose/tools.js';
import { loadSettings } from '../config/load-settings.js';
import { createProgress, type Progress } from '../demo/progress.js';
import { asColouriseError, ColouriseError, errorKinds } from '../domain/errors.js';
import type { InstalledModel } from '../models/registry.js';
import { modelColourer } from './colourer.js';
import { openDicomFolder } from './dicom-folder.js';
import { createEvaluator, type Evaluation, type EvaluationTools } from './evaluate-model.js';
import { storedEvaluation, type StoredEvaluation, writeEvaluation } from './evaluation-file.js';
import type { FilmCollection } from './film.js';
import { lungFinder, sampleOf } from './passes.js';
import { reportPage } from './report-page.js';
import { chooseCases } from './report-pictures.js';
import { evaluationText } from './table.js';

export interface EvaluateOptions {
  /** Names of installed models; all of them when empty. */
  readonly models: readonly string[];
  /** Folder of pictures with `index.csv`, or of DICOM files. */
  readonly data: string;
  readonly json: boolean;
  /** Films of each group and label; all when undefined. */
  readonly limit?: number;
  /** Folder for a page with pictures; made when missing. */
  readonly report?: string;
  /** File for the figures; default `evaluation.json` beside the model, for whole collections with labels only. */
  readonly output?: string;
  /** Folder of models; default that of the settings. */
  readonly modelsFolder?: string;
}

const interrupted = 130;

/** Resolves with the exit code once all threads and scratch files are gone. */
export async function runEvaluation(
  options: EvaluateOptions,
  output: Output = createOutput({ json: options.json }),
): Promise<number> {
  const stop = new AbortController();
  const onSignal = () => {
    stop.abort();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, onSignal);
  try {
    await evaluateAll(options, output, stop.signal);
    return exitCodes.done;
  } catch (thrown) {
    if (stop.signal.aborted) {
      output.remark('ended before all was measured; nothing was written');
      return interrupted;
    }
    return reportFault(thrown, output, options.json);
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, onSignal);
  }
}

function reportFault(thrown: unknown, output: Output, json: boolean): number {
  const error = asColouriseError(thrown);
  const { exit, next } = errorKinds[error.code];
  const { code, message: reason } = error;
  if (json) output.result({ outcome: 'failed', code, reason, next }, '');
  else output.remark(`${code}: ${reason}\n→ ${next}`);
  return exit;
}

async function evaluateAll(
  options: EvaluateOptions,
  output: Output,
  signal: AbortSignal,
): Promise<void> {
  const threads = availableParallelism();
  const { modelsFolder } = options;
  const env = modelsFolder ? { COLOURISER_MODELS_FOLDER: modelsFolder } : process.env;
  const colourTools = await openColourTools(loadSettings(undefined, env), {
    concurrency: threads,
  });
  const scratch = await mkdtemp(join(tmpdir(), 'evaluate-'));
  try {
    const { registry, networks, pictures } = colourTools;
    const models =
      options.models.length > 0
        ? options.models.map((name) => registry.get(name))
        : registry.models.filter((model) => registry.get(model.manifest.name) === model);
    const whole = await openCollection(options.data, colourTools);
    const limit = options.limit ?? Infinity;
    const collection = {
      ...whole,
      films: sampleOf(whole.films, limit),
      training: sampleOf(whole.training, 10 * limit),
    };
    if (collection.films.length === 0) {
      throw new ColouriseError('USAGE', `no film to measure in ${options.data}`);
    }
    const tools: EvaluationTools = {
      registry,
      networks,
      pictures,
      scratch,
      // One film is drawn and measured while another is with the network.
      atOnce: 2 * threads,
      signal,
      lungsOf: lungFinder(registry.recogniser(), networks),
      onProgress: options.json ? () => undefined : shownOn(createProgress(process.stderr)),
    };
    const evaluate = createEvaluator(collection, tools);
    const documents: StoredEvaluation[] = [];
    for (const model of models) {
      const evaluation = await evaluate(model);
      documents.push(await deliver(evaluation, collection, options, tools, output));
    }
    const text = documents.map(evaluationText).join('\n\n');
    output.result(documents.length === 1 ? documents[0] : documents, text);
  } finally {
    await colourTools.close();
    await rm(scratch, { recursive: true });
  }
}

async function openCollection(
  folder: string,
  { pictures }: Pick<EvaluationTools, 'pictures'>,
): Promise<FilmCollection> {
  const about = await stat(folder).catch(() => undefined);
  if (!about?.isDirectory()) throw new ColouriseError('USAGE', `no folder at ${folder}`);
  const tarred = await stat(join(folder, 'boxes.csv')).catch(() => undefined);
  if (!tarred) return openDicomFolder(folder, pictures);
  const { openPictureFolder } = await import('./picture-folder.js');
  return openPictureFolder(folder);
}

/** Writes what was asked for and says where. */
async function deliver(
  evaluation: Evaluation,
  collection: FilmCollection,
  options: EvaluateOptions,
  { networks, pictures }: EvaluationTools,
  output: Output,
): Promise<StoredEvaluation> {
  const { model } = evaluation;
  const { provider, runtime } = networks.provenance;
  const document = storedEvaluation(evaluation, {
    evaluatedAt: new Date().toISOString(),
    runtime: `${runtime}, ${provider}`,
    data: collection.name,
  });
  const file = options.output ?? fileBeside(model, options, collection);
  if (file !== undefined) {
    const changed = await writeEvaluation(file, document);
    output.remark(`${file}: ${changed ? 'written' : 'says the same already'}`);
  }
  if (options.report !== undefined) {
    await mkdir(options.report, { recursive: true });
    const colour = modelColourer(model, networks, pictures);
    const cases = await chooseCases(collection.films, evaluation.films, colour);
    const page = join(options.report, `${model.manifest.name}.html`);
    await writeFile(page, reportPage(document, cases));
    output.remark(`${page}: written; it holds pictures of the films`);
  }
  return document;
}

/** Figures of a part, or of films without labels, do not speak for the model. */
function fileBeside(
  { folder }: InstalledModel,
  { limit }: EvaluateOptions,
  { films }: FilmCollection,
): string | undefined {
  const whole = limit === undefined && films.some(({ boxes }) => boxes.length > 0);
  return whole ? join(folder, 'evaluation.json') : undefined;
}

/** A line for each pass, and on a terminal how far it is. */
function shownOn(progress: Progress): EvaluationTools['onProgress'] {
  return (pass, done, of) => {
    if (done === of) progress.say(`• ${pass}: ${of} films`);
    else progress.show(`  ${pass} … ${done} of ${of}`);
  };
}
