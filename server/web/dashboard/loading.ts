// The events of a window, page by page, newest first: what is there is shown while the rest still comes.

import type { TimelineEvent, Warning } from "../shared/model";
import type { Api } from "./api";

export const MOST_EVENTS = 10_000;

export interface Loaded {
  events: TimelineEvent[];
  /** Whether the server has no more of them, or as many as are shown at most have come. */
  done: boolean;
  truncated: boolean;
  warnings: Warning[];
}

/** Calls back after the first page and then as they come; stops when aborted. */
export async function loadEvents(api: Api, query: URLSearchParams, signal: AbortSignal, show: (loaded: Loaded) => void): Promise<void> {
  const events: TimelineEvent[] = [];
  const warnings = new Map<string, Warning>();
  let cursor: string | null = null;
  do {
    const page = await api.events(pageQuery(query, cursor), signal);
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
  whole.set("limit", "100");
  if (cursor) whole.set("cursor", cursor);
  return whole;
}
