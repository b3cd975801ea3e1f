// What a clock on the wall of the viewer's zone shows, as a field for date and time has it: `2026-01-15T14:30`.

const DAY = 86_400_000;

export class WallClock {
  readonly #format: Intl.DateTimeFormat;

  /** Without a zone it is the browser's, as it is for Moments. */
  constructor(readonly timeZone?: string) {
    const part = "2-digit";
    // The language only settles the calendar and the digits; nobody reads them.
    this.#format = new Intl.DateTimeFormat("en-US-u-ca-gregory-nu-latn", {
      ...(timeZone === undefined ? {} : { timeZone }),
      ...{ year: "numeric", month: part, day: part, hour: part, minute: part, hourCycle: "h23" },
    });
  }

  get zone(): string {
    return this.timeZone ?? this.#format.resolvedOptions().timeZone;
  }

  /** What it shows at a moment, in milliseconds since 1970. */
  at(moment: number): string {
    const parts = Object.fromEntries(this.#format.formatToParts(moment).map(({ type, value }) => [type, value]));
    return `${parts.year!.padStart(4, "0")}-${parts.month}-${parts.day}T${parts.hour}:${parts.minute}`;
  }

  /**
   * When it shows that. A time shown twice, where clocks are put back, is the first; one never shown is taken to be told by the clock before it
   * was put forward. So do `Date` and iCalendar (RFC 5545, 3.3.5).
   */
  moment(shown: string): number {
    const asUtc = Date.parse(`${shown}Z`);
    const [earlier, later] = [asUtc - DAY, asUtc + DAY].map((near) => asUtc - this.#ahead(near)) as [number, number];
    return this.at(earlier) !== shown && this.at(later) === shown ? later : earlier;
  }

  /** By how much it is ahead of UTC at a moment. */
  #ahead(moment: number): number {
    return Date.parse(`${this.at(moment)}Z`) - Math.floor(moment / 60_000) * 60_000;
  }
}
