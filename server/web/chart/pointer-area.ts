// What a mouse, a pen or a finger does over the plots: point, click, drag to select a time, and wheel to pan and zoom.

export interface PointerEvents {
  onPoint(x: number | null): void;
  onClick(x: number): void;
  onSelect(from: number, to: number): void;
  onZoom(factor: number, x: number): void;
  onPan(pixels: number): void;
}

const DRAG_PIXELS = 5;
const WHEEL_ZOOM = 0.002;
const ZOOM_OUT = 2;

export class PointerArea {
  readonly root = document.createElement("div");
  readonly #selection = document.createElement("div");
  #from: number | null = null;
  #to = 0;

  constructor(readonly events: PointerEvents) {
    this.root.className = "timeline-pointer";
    this.#selection.className = "timeline-selection";
    this.#selection.hidden = true;
    this.root.append(this.#selection);
    this.root.addEventListener("pointerdown", (event) => this.#onDown(event));
    this.root.addEventListener("pointermove", (event) => this.#onMove(event));
    this.root.addEventListener("pointerup", () => this.#onUp());
    this.root.addEventListener("pointercancel", () => this.#end());
    this.root.addEventListener("pointerleave", () => this.#from === null && events.onPoint(null));
    this.root.addEventListener("dblclick", (event) => events.onZoom(ZOOM_OUT, this.#x(event)));
    this.root.addEventListener("wheel", (event) => this.#onWheel(event), { passive: false });
  }

  #onDown(event: PointerEvent): void {
    if (event.button !== 0) return;
    this.#from = this.#to = this.#x(event);
    this.root.setPointerCapture(event.pointerId);
  }

  #onMove(event: PointerEvent): void {
    const x = this.#x(event);
    if (this.#from !== null) {
      this.#to = x;
      this.#showSelection();
    }
    this.events.onPoint(x);
  }

  #onUp(): void {
    const from = this.#from;
    const to = this.#to;
    this.#end();
    if (from === null) return;
    if (Math.abs(to - from) < DRAG_PIXELS) this.events.onClick(from);
    else this.events.onSelect(Math.min(from, to), Math.max(from, to));
  }

  #end(): void {
    this.#from = null;
    this.#selection.hidden = true;
  }

  #showSelection(): void {
    const from = this.#from ?? 0;
    this.#selection.hidden = Math.abs(this.#to - from) < DRAG_PIXELS;
    this.#selection.style.left = `${Math.min(from, this.#to)}px`;
    this.#selection.style.width = `${Math.abs(this.#to - from)}px`;
  }

  /** Sideways pans, a pinch (which browsers send as a wheel with Control) zooms; up and down stays the page's own. */
  #onWheel(event: WheelEvent): void {
    const sideways = event.shiftKey && !event.deltaX ? event.deltaY : event.deltaX;
    if (event.ctrlKey) this.events.onZoom(Math.exp(event.deltaY * WHEEL_ZOOM), this.#x(event));
    else if (Math.abs(sideways) > Math.abs(event.deltaY) || event.shiftKey) this.events.onPan(sideways);
    else return;
    event.preventDefault();
  }

  /** Within the plots, wherever a captured pointer went. */
  #x(event: MouseEvent): number {
    const { left, width } = this.root.getBoundingClientRect();
    return Math.max(0, Math.min(width, event.clientX - left));
  }
}
