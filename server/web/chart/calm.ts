// What only matters once the picture rests: done at once, but in a burst not again before its end.

const REST_MILLISECONDS = 150;

export class Calm {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #last = -Infinity;

  /** Says whether it was done at once. */
  do(act: () => void): boolean {
    const now = performance.now();
    const burst = now - this.#last < REST_MILLISECONDS;
    this.#last = now;
    this.cancel();
    if (burst) this.#timer = setTimeout(act, REST_MILLISECONDS);
    else act();
    return !burst;
  }

  cancel(): void {
    clearTimeout(this.#timer);
  }
}
