// How long the chart takes: what it computes, and the layout and painting that follow, up to the end of the frame.
import type { TimelineData } from "../../chart";

/** From calling `act` at the beginning of a frame until that frame is handed over. */
export async function milliseconds(act: () => void): Promise<number> {
  await frame();
  const began = performance.now();
  act();
  await handedOver();
  return performance.now() - began;
}

/** The data with the window of a step of a pan to and fro, with a slow zoom in it. */
export function moved(data: TimelineData, step: number): TimelineData {
  const span = data.end - data.start;
  const by = Math.sin(step / 12) * span * 0.2;
  const narrower = (1 - Math.cos(step / 20)) * span * 0.15;
  return { ...data, start: data.start + by + narrower, end: data.end + by - narrower };
}

function frame(): Promise<unknown> {
  return new Promise(requestAnimationFrame);
}

/** A message of its own comes after what the frame still has to do: layout and paint. */
function handedOver(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => resolve();
    port2.postMessage(null);
  });
}
