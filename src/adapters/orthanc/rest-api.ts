import { z } from 'zod';
import type { ArchiveIndex, HeldInstance, HeldStudy } from '../../ports/archive-index.js';
import type { ChangePage } from '../../ports/pacs.js';
import type { RestClient } from './rest-client.js';
import * as shapes from './rest-shapes.js';

export interface OrthancProbe {
  readonly version: string;
  /** Version of the DICOMweb plugin; undefined when it is not loaded. */
  readonly dicomWeb: string | undefined;
  readonly plugins: string[];
}

/** Orthanc's change log and its lists: what DICOMweb does not have. */
export class RestApi implements ArchiveIndex {
  readonly #rest: RestClient;

  constructor(rest: RestClient) {
    this.#rest = rest;
  }

  async changes(since: number, limit: number): Promise<ChangePage> {
    const page = await this.#rest.need(
      `/changes?since=${since}&limit=${limit}`,
      'changes',
      shapes.changePage,
    );
    return {
      changes: page.Changes.map(({ Seq, ChangeType, ID, Date: date }) => ({
        seq: Seq,
        type: ChangeType,
        orthancId: ID,
        date,
      })),
      last: page.Last,
      done: page.Done,
    };
  }

  async instancesOf(
    level: 'study' | 'series' | 'instance',
    orthancId: string,
  ): Promise<readonly string[] | undefined> {
    const id = encodeURIComponent(orthancId);
    const what = `instances of ${level} ${orthancId}`;
    if (level === 'instance') {
      const row = await this.#rest.get(`/instances/${id}`, what, shapes.instance);
      return row && [orthancId];
    }
    const plural = level === 'study' ? 'studies' : 'series';
    const rows = await this.#rest.get(
      `/${plural}/${id}/instances?expand=false`,
      what,
      z.array(shapes.listed),
    );
    return rows?.map((row) => (typeof row === 'string' ? row : row.ID));
  }

  async isStudyStable(studyOrthancId: string): Promise<boolean | undefined> {
    const path = `/studies/${encodeURIComponent(studyOrthancId)}`;
    return (await this.#rest.get(path, `study ${studyOrthancId}`, shapes.study))?.IsStable;
  }

  async countStudies(): Promise<number> {
    return (await this.#rest.need('/statistics', 'statistics', shapes.statistics)).CountStudies;
  }

  async listStudies(offset: number, limit: number): Promise<readonly HeldStudy[]> {
    const path = `/studies?expand=true&since=${offset}&limit=${limit}`;
    const rows = await this.#rest.need(path, 'list of studies', shapes.heldStudies);
    return rows.map(({ ID, LastUpdate, MainDicomTags: { StudyInstanceUID, StudyDate } }) => {
      const lastUpdate = LastUpdate === undefined ? undefined : shapes.parseTime(LastUpdate);
      return {
        orthancId: ID,
        StudyInstanceUID,
        ...(lastUpdate === undefined ? {} : { lastUpdate }),
        ...(StudyDate === undefined ? {} : { StudyDate }),
      };
    });
  }

  /** Three calls for a study, however many instances it has; Orthanc's index answers all of them. */
  async listInstances(studyOrthancId: string): Promise<readonly HeldInstance[] | undefined> {
    const path = `/studies/${encodeURIComponent(studyOrthancId)}`;
    const what = `content of study ${studyOrthancId}`;
    const [of, seriesRows, rows] = await Promise.all([
      this.#rest.get(path, what, shapes.study),
      this.#rest.get(`${path}/series?expand=true`, what, shapes.heldSeries),
      this.#rest.get(`${path}/instances?expand=true`, what, shapes.heldInstances),
    ]);
    if (!of || !seriesRows || !rows) return undefined;
    const { StudyInstanceUID } = of.MainDicomTags;
    const byId = new Map(seriesRows.map(({ ID, MainDicomTags }) => [ID, MainDicomTags]));
    return rows.flatMap(({ ID, ParentSeries, MainDicomTags: { SOPInstanceUID } }) => {
      const parent = byId.get(ParentSeries);
      // A series that came between the questions: the change log tells of it.
      if (parent === undefined) return [];
      const { SeriesInstanceUID, Modality } = parent;
      return {
        orthancId: ID,
        studyOrthancId,
        StudyInstanceUID,
        SeriesInstanceUID,
        SOPInstanceUID,
        ...(Modality === undefined ? {} : { Modality }),
      };
    });
  }

  async probe(): Promise<OrthancProbe> {
    const { version } = await this.#rest.system();
    const loaded = await this.#rest.need('/plugins', 'plugins', z.array(z.string()));
    // Orthanc lists the script that plugins add to its page among them.
    const plugins = loaded.filter((name) => name !== 'explorer.js');
    const dicomWeb = plugins.includes('dicom-web')
      ? (await this.#rest.need('/plugins/dicom-web', 'DICOMweb plugin', shapes.pluginVersion))
          .Version
      : undefined;
    return { version, dicomWeb, plugins };
  }
}
