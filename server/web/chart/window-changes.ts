// A window that is panned or zoomed many times a second is told of once it rests.

const REST_MILLISECONDS = 180;

export class WindowChanges {
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly tell: (start: number, end: number) => void) {}

  soon(start: number, end: number): void {
    this.cancel();
    this.#timer = setTimeout(() => this.tell(start, end), REST_MILLISECONDS);
  }

  now(start: number, end: number): void {
    this.cancel();
    this.tell(start, end);
  }

  cancel(): void {
    clearTimeout(this.#timer);
  }
}
