// The events of a window, page by page, newest first: what is there is shown while the rest still comes.

import type { TimelineEvent, Warning } from "../shared/model";
import { type Api, type Page, Refusal } from "./api";

export const MOST_EVENTS = 10_000;
const PAGE_EVENTS = 100;
/** How often a page is asked for again because there were too many requests. */
const MOST_WAITS = 5;
const TOO_MANY_REQUESTS = 429;
const WAIT_SECONDS = 1;

/** `done`: no more will come; `truncated`: though the server has more, as many are here as are shown at most. */
export interface Progress {
  done: boolean;
  truncated: boolean;
}

export interface Loaded extends Progress {
  events: TimelineEvent[];
  warnings: Warning[];
}

/** Calls back after each page with all that has come; stops when aborted. */
export async function loadEvents(
  api: Pick<Api, "events">, query: URLSearchParams, signal: AbortSignal, show: (loaded: Loaded) => void,
): Promise<void> {
  const events: TimelineEvent[] = [];
  const warnings = new Map<string, Warning>();
  let cursor: string | null = null;
  do {
    const page = await askPatiently(api, pageQuery(query, cursor), signal);
    if (signal.aborted) return;
    events.push(...page.records);
    for (const warning of page.warnings ?? []) warnings.set(warning.source, warning);
    cursor = page.hasMore ? page.nextCursor : null;
    const truncated = cursor !== null && events.length >= MOST_EVENTS;
    show({ events: [...events], done: cursor === null || truncated, truncated, warnings: [...warnings.values()] });
    if (truncated) return;
  } while (cursor);
}

/** A long window is many requests: whoever is told to come back later does. */
async function askPatiently(api: Pick<Api, "events">, query: URLSearchParams, signal: AbortSignal): Promise<Page<TimelineEvent>> {
  for (let waits = 0; ; waits++) {
    try {
      return await api.events(query, signal);
    } catch (error) {
      if (!(error instanceof Refusal) || error.status !== TOO_MANY_REQUESTS || waits === MOST_WAITS) throw error;
      await pause(error.retryAfterSeconds ?? WAIT_SECONDS, signal);
    }
  }
}

/** Over at once when aborted. */
function pause(seconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, 1_000 * seconds);
    signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
}

function pageQuery(query: URLSearchParams, cursor: string | null): URLSearchParams {
  const whole = new URLSearchParams(query);
  whole.set("limit", String(PAGE_EVENTS));
  if (cursor) whole.set("cursor", cursor);
  return whole;
}
