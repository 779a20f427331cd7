import type { NoticeEvent, NoticeMemory } from '../domain/notices.js';

export type ChannelName = 'webhook' | 'mail';

/** What is told, in words and as data. Names no patient and no image. */
export interface Notice {
  /** The same for each attempt at one message. */
  readonly id: string;
  readonly at: Date;
  readonly subject: string;
  readonly text: string;
  readonly events: readonly NoticeEvent[];
}

/** A way to reach somebody. */
export interface Channel {
  readonly name: ChannelName;
  /** @throws `NOTIFY_FAILED` when it was not taken, or not in time */
  send(notice: Notice): Promise<void>;
  close(): void;
}

/** What each channel has told, kept over restarts: a service that dies again and again tells it once. */
export interface NoticeBook {
  load(channel: ChannelName): NoticeMemory;
  save(channel: ChannelName, memory: NoticeMemory): void;
}
