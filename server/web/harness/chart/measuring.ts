// How long the chart takes: what it computes, and the layout and painting that follow, up to the end of the frame.
import type { TimelineChart, TimelineData } from "../../chart";

/** Milliseconds from making the chart until its first frame is handed over. */
export const firstDraw = (make: () => void): Promise<number> => milliseconds(make);

/** Milliseconds of each frame of a pan to and fro with a slow zoom in it, in which the chart gets a new window each frame. */
export async function frames(chart: TimelineChart, data: TimelineData, count: number): Promise<number[]> {
  const taken: number[] = [];
  for (let step = 0; step < count; step++) {
    const next = moved(data, step);
    taken.push(await milliseconds(() => chart.setData(next)));
  }
  return taken;
}

/** From calling `act` at the beginning of a frame until that frame is handed over. */
async function milliseconds(act: () => void): Promise<number> {
  await new Promise(requestAnimationFrame);
  const began = performance.now();
  act();
  await handedOver();
  return performance.now() - began;
}

function moved(data: TimelineData, step: number): TimelineData {
  const span = data.end - data.start;
  const by = Math.sin(step / 12) * span * 0.2;
  const narrower = (1 - Math.cos(step / 20)) * span * 0.15;
  return { ...data, start: data.start + by + narrower, end: data.end + by - narrower };
}

/** A message of its own comes after what the frame still has to do: layout and paint. */
function handedOver(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => resolve();
    port2.postMessage(null);
  });
}
