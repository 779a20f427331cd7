import type { ShadowPair, ShadowRow, ShadowSummary } from '../domain/shadow.js';
import type { ModelReference } from '../models/reference.js';
import type { RegistryEntry } from '../models/registry.js';

export type NamedVersion = Required<ModelReference>;

/** A version that is known, and what uses it. */
export interface KnownModel extends RegistryEntry {
  /** Rules that name no model take it. */
  readonly isDefault: boolean;
  /** Rules in force that colour with it. */
  readonly rules: readonly string[];
  /** Rules that let it run in the shadow. */
  readonly shadowRules: readonly string[];
  /** Models in whose shadow it runs where no rule says otherwise. */
  readonly shadowOf: readonly string[];
}

/** A picture that belongs to a card. */
export interface CardPicture {
  readonly type: 'image/png' | 'image/webp' | 'image/jpeg';
  readonly bytes: Uint8Array;
}

/** What an administrator sees and does about models. */
export interface ModelDesk {
  known(): readonly KnownModel[];
  /** What its maker says of it, as Markdown. @throws `MODEL_NOT_FOUND` */
  card(version: NamedVersion): Promise<string>;
  /** `evaluation.json` as it was written; undefined where there is none. @throws `MODEL_NOT_FOUND` */
  figures(version: NamedVersion): Promise<unknown>;
  /** Names of the pictures of its card. @throws `MODEL_NOT_FOUND` */
  pictures(version: NamedVersion): Promise<readonly string[]>;
  /** @param name one of `pictures` */
  picture(version: NamedVersion, name: string): Promise<CardPicture | undefined>;
  /**
   * From now on rules without a version take it; it has answered its golden picture before.
   * @throws `MODEL_NOT_FOUND`, `MODEL_INVALID`, `MODEL_FAILED`, `PROVIDER_UNAVAILABLE`; nothing is changed then
   */
  activate(version: NamedVersion): Promise<void>;
  /** No rule takes it any more. @throws `MODEL_NOT_FOUND` */
  deactivate(version: NamedVersion): Promise<void>;
  /** @param version undefined ends what runs in the shadow of the model. @throws `MODEL_NOT_FOUND` */
  shadow(beside: string, version: NamedVersion | undefined): Promise<void>;
  /** What shadows came to, by pair. */
  shadows(): readonly ShadowSummary[];
  /** Rows of a pair, the newest first. */
  shadowRows(pair: ShadowPair, limit: number): readonly ShadowRow[];
}
