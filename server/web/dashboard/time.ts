// Times as people read them: in the viewer's zone, with UTC at hand.

import { utc } from "../chart/moments";
import { h } from "./dom";

export { duration } from "../chart/moments";

const SHORT = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const LONG = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });

const SPAN = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

export const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

export function shortTime(moment: string): string {
  return SHORT.format(Date.parse(moment));
}

/** `24 Nov, 12:05 – 14:05` in the viewer's zone. */
export function windowText(start: number, end: number): string {
  return SPAN.formatRange(start, end);
}

/** Both zones in full, for a title. */
export function fullTime(moment: string): string {
  return `${LONG.format(Date.parse(moment))}\n${moment.replace("T", " ").replace("Z", "")} UTC`;
}

/** `24 Nov, 12:05:07` and UTC beside it, with what comes `after`. */
export function momentAndUtc(moment: string, after = ""): HTMLElement {
  return h("span", {}, h("time", { datetime: moment, title: fullTime(moment) }, shortTime(moment)), " ", h("span", { class: "quiet" }, utc(Date.parse(moment)) + after));
}

/** What `<input type="datetime-local">` takes, in the viewer's zone. */
export function toLocalInput(milliseconds: number): string {
  const local = new Date(milliseconds - new Date(milliseconds).getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 19);
}

/** Back to milliseconds since 1970; null for an empty field. */
export function fromLocalInput(value: string): number | null {
  const moment = value ? new Date(value).getTime() : Number.NaN;
  return Number.isNaN(moment) ? null : moment;
}
