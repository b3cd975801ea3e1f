// What may be done with events, each with a way back.

import type { TimelineEvent } from "../shared/model";
import { type Api, Refusal, type Versioned } from "./api";
import { showDetails } from "./details";
import { openEventForm } from "./eventform";
import type { Change } from "./live";
import { Places } from "./places";
import { complain, toast } from "./toast";
import { iso } from "./view";

export interface ActionsListener {
  touched(change: Change): void;
  /** Its details are shown, or no longer (null). */
  shown(sid: string | null): void;
  /** The session is over. */
  ended(): void;
}

export class EventActions {
  /** Those that are registered; until they have come, SIDs and names are taken as they are written. */
  places = new Places();

  constructor(
    private readonly api: Api,
    readonly mayWrite: boolean,
    private readonly listener: ActionsListener,
  ) {}

  /** Shows all of it, as it is now. */
  open(event: TimelineEvent): void {
    void this.#with(event, (stored) => {
      this.listener.shown(event.sid);
      showDetails(this.api, stored, this.places, this.mayWrite ? this : null, () => this.listener.shown(null));
    });
  }

  create(): void {
    openEventForm(this.api, this.places, null, (event) => this.#saved(event, "Created"));
  }

  edit(stored: Versioned): void {
    openEventForm(this.api, this.places, stored, (event) => this.#saved(event, "Saved"), () => this.#editAgain(stored.event));
  }

  /** Ends an incident now, whatever it was like when it was listed. */
  closeNow(event: TimelineEvent): void {
    void this.#with(event, (stored) => this.close(stored));
  }

  close(stored: Versioned): void {
    const { sid, name } = stored.event;
    void this.#try(sid, "changed", async () => {
      const closed = await this.api.change(sid, { endedAt: iso(Date.now()) }, stored.etag);
      const reopen = (): void => void this.#try(sid, "changed", () => this.api.change(sid, { endedAt: null }, closed.etag));
      toast(`Closed: ${name}`, { label: "Undo", run: reopen });
    });
  }

  remove(stored: Versioned): void {
    const { sid, name } = stored.event;
    void this.#try(sid, "deleted", async () => {
      await this.api.remove(sid, stored.etag);
      const restore = (): void => void this.#try(sid, "restored", () => this.api.restore(sid));
      toast(`Deleted: ${name}`, { label: "Undo", run: restore });
    });
  }

  #editAgain(event: TimelineEvent): void {
    void this.#with(event, (newest) => this.edit(newest));
  }

  #saved({ sid, name }: TimelineEvent, word: string): void {
    toast(`${word}: ${name}`);
    this.listener.touched({ sid, kind: "changed" });
  }

  async #with({ sid }: TimelineEvent, run: (stored: Versioned) => void): Promise<void> {
    try {
      run(await this.api.event(sid));
    } catch (error) {
      this.#fail(error, sid);
    }
  }

  async #try(sid: string, kind: Change["kind"], run: () => Promise<unknown>): Promise<void> {
    try {
      await run();
      this.listener.touched({ sid, kind });
    } catch (error) {
      this.#fail(error, sid);
    }
  }

  #fail(error: unknown, sid: string): void {
    const status = error instanceof Refusal ? error.status : 0;
    if (status === 401) return this.listener.ended();
    complain(status === 412 ? new Error("Somebody else changed this event in the meantime. Look at it again.") : error);
    // What is shown is out of date.
    if (status === 404) this.listener.touched({ sid, kind: "deleted" });
    if (status === 412) this.listener.touched({ sid, kind: "changed" });
  }
}
