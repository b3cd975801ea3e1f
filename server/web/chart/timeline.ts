// What the chart is given, and what it tells.
import type { Charts, TimelineEvent } from "../shared/model";

export type Theme = "light" | "dark";

/** Times are milliseconds since 1970. `start` and `end` are the visible window; `events` may come in any order. */
export interface TimelineData {
  start: number;
  end: number;
  charts: Charts | null;
  events: TimelineEvent[];
  now: number;
}

/** `timeZone` (IANA) and `locale` are the viewer's own unless given; `nameOf` is what to call a bucket or environment, the SID itself unless given. */
export interface TimelineOptions {
  theme: Theme;
  onZoom(start: number, end: number): void;
  onOpen(event: TimelineEvent): void;
  nameOf?(sid: string): string;
  timeZone?: string;
  locale?: string;
}
