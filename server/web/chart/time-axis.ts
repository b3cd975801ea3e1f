// Where a moment lies across the plots.

/** A window of time on `width` CSS pixels. */
export class TimeAxis {
  constructor(
    readonly start: number,
    readonly end: number,
    readonly width: number,
  ) {}

  /** Pixels from the left edge of the plots; outside of 0 to `width` for what isn't visible. */
  x(at: number): number {
    return ((at - this.start) / (this.end - this.start)) * this.width;
  }

  at(x: number): number {
    return this.start + (x / this.width) * (this.end - this.start);
  }

  /** The window stretched (`factor` over 1) or narrowed about the moment `around`, which stays where it is. */
  zoomed(factor: number, around: number): [number, number] {
    const half = MINIMUM_SPAN / 2;
    if ((this.end - this.start) * factor < MINIMUM_SPAN) return [around - half, around + half];
    return [around - (around - this.start) * factor, around + (this.end - around) * factor];
  }

  /** The window moved by so many pixels. */
  moved(pixels: number): [number, number] {
    const by = this.at(pixels) - this.start;
    return [this.start + by, this.end + by];
  }
}

/** The narrowest window, in milliseconds: events are kept to the millisecond, and metrics to seconds. */
export const MINIMUM_SPAN = 1_000;
