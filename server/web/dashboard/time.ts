// Times as people read them: in the viewer's zone, with UTC at hand.

import { utc } from "../chart/moments";
import { h } from "./dom";

export { duration } from "../chart/moments";

const MINUTE: Intl.DateTimeFormatOptions = { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
const SECOND: Intl.DateTimeFormatOptions = { ...MINUTE, second: "2-digit" };
const YEAR: Intl.DateTimeFormatOptions = { year: "numeric" };
const SHORT = new Intl.DateTimeFormat(undefined, SECOND);
const SHORT_WITH_YEAR = new Intl.DateTimeFormat(undefined, { ...SECOND, ...YEAR });
const SPAN = new Intl.DateTimeFormat(undefined, MINUTE);
const SPAN_WITH_YEAR = new Intl.DateTimeFormat(undefined, { ...MINUTE, ...YEAR });
const LONG = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });

export const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** `24 Nov, 12:05:07`; with the year where it isn't this one. */
export function shortTime(moment: string): string {
  const at = Date.parse(moment);
  return (isThisYear(at) ? SHORT : SHORT_WITH_YEAR).format(at);
}

/** The same without seconds. */
export function minuteTime(moment: string): string {
  const at = Date.parse(moment);
  return (isThisYear(at) ? SPAN : SPAN_WITH_YEAR).format(at);
}

/** `24 Nov, 12:05 – 14:05` in the viewer's zone. */
export function windowText(start: number, end: number): string {
  return (isThisYear(start) && isThisYear(end) ? SPAN : SPAN_WITH_YEAR).formatRange(start, end);
}

function isThisYear(at: number): boolean {
  return new Date(at).getFullYear() === new Date().getFullYear();
}

/** Both zones in full, for a title. */
export function fullTime(moment: string): string {
  return `${LONG.format(Date.parse(moment))}\n${moment.replace("T", " ").replace("Z", "")} UTC`;
}

/** `24 Nov, 12:05:07` and UTC beside it, with what comes `after`. */
export function momentAndUtc(moment: string, after = ""): HTMLElement {
  return h("span", { class: "moment" }, h("time", { datetime: moment, title: fullTime(moment) }, shortTime(moment)), " ", h("span", { class: "quiet" }, utc(Date.parse(moment))), after ? h("span", { class: "quiet after" }, after) : null);
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
