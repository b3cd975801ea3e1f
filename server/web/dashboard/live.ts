// Changes as they happen, through whatever door: one stream from the server, opened again when it breaks.

import { Refusal, session } from "./api";

export interface Change {
  kind: "created" | "changed" | "deleted" | "restored" | "missed";
  sid?: string;
}

export type LiveState = "connecting" | "live" | "offline";

export interface LiveListener {
  changed(change: Change): void;
  told(state: LiveState): void;
  /** The session is over; no other stream will come. */
  ended(): void;
}

const AGAIN_MILLISECONDS = 2_000;

/** Listens until closed. After a break whatever happened in between was missed. */
export class Live {
  #source: EventSource | null = null;
  #timer: number | undefined;
  #broken = false;
  #closed = false;

  constructor(private readonly listener: LiveListener) {
    this.#open();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#source?.close();
  }

  #open(): void {
    const source = new EventSource("/changes");
    this.#source = source;
    source.onopen = () => this.#opened();
    source.onmessage = (message: MessageEvent<string>) => this.listener.changed(JSON.parse(message.data) as Change);
    source.onerror = () => void this.#lost(source);
  }

  #opened(): void {
    this.listener.told("live");
    if (this.#broken) this.listener.changed({ kind: "missed" });
    this.#broken = false;
  }

  async #lost(source: EventSource): Promise<void> {
    source.close();
    this.#broken = true;
    const over = await isOver();
    if (this.#closed) return;
    if (over) return this.listener.ended();
    this.listener.told("offline");
    this.#timer = setTimeout(() => this.#open(), AGAIN_MILLISECONDS);
  }
}

/** A stream ends with its session, which the stream itself can't say. */
async function isOver(): Promise<boolean> {
  try {
    await session();
    return false;
  } catch (error) {
    return error instanceof Refusal && error.status === 401;
  }
}
