// The events of a window, page by page, newest first: what is there is shown while the rest still comes.

import type { TimelineEvent, Warning } from "../shared/model";
import type { Api } from "./api";

export const MOST_EVENTS = 10_000;
const PAGE_EVENTS = 100;

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
    const page = await api.events(pageQuery(query, cursor), signal);
    if (signal.aborted) return;
    events.push(...page.records);
    for (const warning of page.warnings ?? []) warnings.set(warning.source, warning);
    cursor = page.hasMore ? page.nextCursor : null;
    const truncated = cursor !== null && events.length >= MOST_EVENTS;
    show({ events: [...events], done: cursor === null || truncated, truncated, warnings: [...warnings.values()] });
    if (truncated) return;
  } while (cursor);
}

function pageQuery(query: URLSearchParams, cursor: string | null): URLSearchParams {
  const whole = new URLSearchParams(query);
  whole.set("limit", String(PAGE_EVENTS));
  if (cursor) whole.set("cursor", cursor);
  return whole;
}
