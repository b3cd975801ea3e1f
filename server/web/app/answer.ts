// What `show_timeline` answered, read with care: a host hands it on, and what is in it was written by others.
import { EVENT_TYPES, type Charts, type TimelineEvent, type Warning } from "../shared/model";

export interface Answer {
  start: number;
  end: number;
  hasMore: boolean;
  events: TimelineEvent[];
  charts: Charts | null;
  warnings: Warning[];
}

/** A tool's result as hosts pass it on. */
export interface ToolResult {
  structuredContent?: unknown;
  content?: readonly { type: string; text?: unknown }[];
  isError?: boolean | undefined;
}

/** The answer, or null where there is none in it: an error, or a host that passes on text alone. */
export function readAnswer({ structuredContent, isError }: ToolResult): Answer | null {
  if (isError || !isObject(structuredContent)) return null;
  const { startTime, endTime, hasMore, records, charts, warnings } = structuredContent;
  const start = Date.parse(String(startTime));
  const end = Date.parse(String(endTime));
  if (Number.isNaN(start) || Number.isNaN(end) || !Array.isArray(records)) return null;
  return {
    start,
    end: Math.max(end, start + 1),
    hasMore: hasMore === true,
    events: records.filter(isEvent),
    charts: isObject(charts) && Array.isArray(charts["charts"]) ? (charts as unknown as Charts) : null,
    warnings: Array.isArray(warnings) ? (warnings as Warning[]) : [],
  };
}

/** What a result says in words. */
export function textOf({ content }: ToolResult): string {
  return (content ?? []).flatMap(({ text }) => (typeof text === "string" ? [text] : [])).join("\n");
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isEvent(value: unknown): value is TimelineEvent {
  return isObject(value) && typeof value["sid"] === "string" && EVENT_TYPES.some((type) => type === value["type"]);
}
