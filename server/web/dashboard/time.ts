// Times as people read them: in the viewer's zone, with UTC at hand.

const SHORT = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const LONG = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });

export const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

export function shortTime(moment: string): string {
  return SHORT.format(Date.parse(moment));
}

/** Both zones in full, for a title. */
export function fullTime(moment: string): string {
  return `${LONG.format(Date.parse(moment))}\n${moment.replace("T", " ").replace("Z", "")} UTC`;
}

/** `2 h 5 min`, the two largest units. */
export function duration(milliseconds: number): string {
  const units: [string, number][] = [["d", 86_400_000], ["h", 3_600_000], ["min", 60_000], ["s", 1_000]];
  const parts: string[] = [];
  let rest = Math.max(0, milliseconds);
  for (const [name, size] of units) {
    const count = Math.floor(rest / size);
    if (count) parts.push(`${count} ${name}`);
    rest -= count * size;
    if (parts.length === 2) break;
  }
  return parts.join(" ") || `${Math.round(milliseconds)} ms`;
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
