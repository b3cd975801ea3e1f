// Moments and durations as people read them: in the viewer's zone, with UTC at hand.

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

type Format = (at: number) => string;

/** Formats moments (milliseconds since 1970) in one zone and language. */
export class Moments {
  readonly full: Format;
  readonly short: Format;
  readonly #day: Format;
  readonly #dayAndMonth: Format;
  readonly #year: Format;
  readonly #minute: Format;
  readonly #second: Format;

  constructor(
    readonly timeZone?: string,
    locale?: string,
  ) {
    const format = (options: Intl.DateTimeFormatOptions): Format => {
      const formatter = new Intl.DateTimeFormat(locale, timeZone === undefined ? options : { ...options, timeZone });
      return (at) => formatter.format(at);
    };
    const clock = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
    const date = { day: "numeric", month: "short" } as const;
    this.full = format({ ...date, year: "numeric", ...clock, second: "2-digit", timeZoneName: "short" });
    this.short = format({ ...date, ...clock });
    this.#day = format({ year: "numeric", month: "numeric", day: "numeric" });
    this.#dayAndMonth = format(date);
    this.#year = format({ year: "numeric" });
    this.#minute = format(clock);
    this.#second = format({ ...clock, second: "2-digit" });
  }

  /** The labels of an axis: times of day or, of long windows, dates; wherever another day or year begins, that in a second line. */
  ticks(moments: readonly number[], step: number): string[] {
    const [small, large, text] =
      step >= DAY ? [this.#dayAndMonth, this.#year, this.#year] : [step < MINUTE ? this.#second : this.#minute, this.#day, this.#dayAndMonth];
    return moments.map((at, index) => {
      const begins = index === 0 || large(at) !== large(moments[index - 1]!);
      return begins ? `${small(at)}\n${text(at)}` : small(at);
    });
  }
}

/** `2026-01-15 14:30:05 UTC`. */
export function utc(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** `2 d 4 h`, `25 min`, `8 s`: the two largest units that tell anything. */
export function duration(milliseconds: number): string {
  const units: [string, number][] = [["d", DAY], ["h", HOUR], ["min", MINUTE], ["s", SECOND]];
  const first = units.findIndex(([, size]) => milliseconds >= size);
  if (first < 0) return "under 1 s";
  let rest = milliseconds;
  const parts = units.slice(first, first + 2).map(([name, size]) => {
    const count = Math.floor(rest / size);
    rest -= count * size;
    return count > 0 ? `${count} ${name}` : "";
  });
  return parts.filter(Boolean).join(" ");
}
