// What is looked at: a window of time and filters. All of it stands in the address, so that a link shows the same.

import { EVENT_TYPES, type EventType, type TimelineEvent } from "../shared/model";

export const PRESETS = { "1h": 3_600_000, "6h": 21_600_000, "24h": 86_400_000, "7d": 604_800_000, "30d": 2_592_000_000 } as const;
export type Preset = keyof typeof PRESETS;
const DEFAULT_PRESET: Preset = "24h";
const LONGEST_MILLISECONDS = 366 * 10 * 86_400_000;
const SHORTEST_MILLISECONDS = 1_000;
/** As far ahead as an event may lie. */
const AHEAD_MILLISECONDS = 366 * 86_400_000;

export interface Window {
  start: number;
  end: number;
}

/** A window that ends now, or a fixed one in milliseconds since 1970. */
export type Range = Preset | Window;

export interface View {
  range: Range;
  types: EventType[];
  bucketSid: string;
  environmentSid: string;
  source: string;
  message: string;
  page: "timeline" | "settings";
}

export const NO_FILTERS = { types: [], bucketSid: "", environmentSid: "", source: "", message: "" } satisfies Partial<View>;

/** From the address; what isn't understood is left out. */
export function parseView(search: string): View {
  const query = new URLSearchParams(search);
  const text = (name: string): string => query.get(name) ?? "";
  return {
    range: parseRange(query),
    types: EVENT_TYPES.filter((type) => query.getAll("type").includes(type)),
    bucketSid: text("bucketSid"),
    environmentSid: text("environmentSid"),
    source: text("source"),
    message: text("message"),
    page: text("page") === "settings" ? "settings" : "timeline",
  };
}

function parseRange(query: URLSearchParams): Range {
  const start = Date.parse(query.get("startTime") ?? "");
  const end = Date.parse(query.get("endTime") ?? "");
  if (start < end && end - start <= LONGEST_MILLISECONDS) return { start, end };
  const preset = query.get("range") ?? "";
  return Object.hasOwn(PRESETS, preset) ? (preset as Preset) : DEFAULT_PRESET;
}

/** For the address: only what differs from the default. */
export function formatView(view: View): string {
  const query = filterQuery(view);
  if (typeof view.range === "string") {
    if (view.range !== DEFAULT_PRESET) query.set("range", view.range);
  } else {
    query.set("startTime", iso(view.range.start));
    query.set("endTime", iso(view.range.end));
  }
  if (view.page !== "timeline") query.set("page", view.page);
  const text = query.toString();
  return text ? `?${text}` : "";
}

export function windowOf(range: Range, now: number): Window {
  return typeof range === "string" ? { start: now - PRESETS[range], end: now } : range;
}

/** Where zooming and panning lead: whole milliseconds, no longer and no shorter than makes sense, not beyond all events. */
export function keptInBounds({ start, end }: Window, now: number): Window {
  const length = Math.min(LONGEST_MILLISECONDS, Math.max(SHORTEST_MILLISECONDS, Math.round(end - start)));
  const from = Math.max(0, Math.min(Math.round((start + end - length) / 2), now + AHEAD_MILLISECONDS - length));
  return { start: from, end: from + length };
}

/** The parameters of the events' list, without its paging. */
export function eventQuery(view: View, { start, end }: Window): URLSearchParams {
  const query = filterQuery(view);
  query.set("startTime", iso(start));
  query.set("endTime", iso(end));
  return query;
}

/** The parameters of the charts. */
export function chartQuery(view: View, { start, end }: Window): URLSearchParams {
  const query = new URLSearchParams({ startTime: iso(start), endTime: iso(end) });
  if (view.bucketSid) query.set("bucketSid", view.bucketSid);
  if (view.environmentSid) query.set("environmentSid", view.environmentSid);
  return query;
}

function filterQuery(view: View): URLSearchParams {
  const query = new URLSearchParams();
  for (const type of view.types) query.append("type", type);
  for (const name of ["bucketSid", "environmentSid", "source", "message"] as const) {
    if (view[name]) query.set(name, view[name]);
  }
  return query;
}

/** How many filters are set. */
export function filterCount(view: View): number {
  return new Set(filterQuery(view).keys()).size;
}

export function iso(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

/** When it ends: at its moment for a point, never for an incident that goes on. */
export function endOf(event: TimelineEvent): number {
  if (event.endedAt) return Date.parse(event.endedAt);
  return event.type === "incident" ? Infinity : Date.parse(event.startedAt);
}

/** Newest first, as the server lists them. */
export function newestFirst(a: TimelineEvent, b: TimelineEvent): number {
  const difference = Date.parse(b.startedAt) - Date.parse(a.startedAt);
  return difference !== 0 ? difference : a.sid < b.sid ? 1 : -1;
}
