// Changes as they happen, through whatever door: one stream from the server, opened again when it breaks.

export interface Change {
  kind: "created" | "changed" | "deleted" | "restored" | "missed";
  sid?: string;
}

export type LiveState = "live" | "offline";

const AGAIN_MILLISECONDS = 3_000;

/** Listens until closed. After a break whatever happened in between was missed. */
export class Live {
  private source: EventSource | null = null;
  private timer: number | undefined;
  private broken = false;

  constructor(
    private readonly changed: (change: Change) => void,
    private readonly told: (state: LiveState) => void,
  ) {
    this.open();
  }

  close(): void {
    clearTimeout(this.timer);
    this.source?.close();
  }

  private open(): void {
    const source = new EventSource("/changes");
    this.source = source;
    source.onopen = () => {
      this.told("live");
      if (this.broken) this.changed({ kind: "missed" });
      this.broken = false;
    };
    source.onmessage = (message: MessageEvent<string>) => this.changed(JSON.parse(message.data) as Change);
    source.onerror = () => {
      this.broken = true;
      this.told("offline");
      source.close();
      this.timer = setTimeout(() => this.open(), AGAIN_MILLISECONDS);
    };
  }
}
