// How long the chart takes: what it computes, and the layout and painting that follow, up to the end of the frame.
import type { TimelineChart, TimelineData } from "../../chart";

/** From calling `act` until the frame that shows what it did is handed over. */
export async function milliseconds(act: () => void): Promise<number> {
  await frame();
  const began = performance.now();
  act();
  await frame();
  await handedOver();
  return performance.now() - began;
}

/** A pan to and fro with a slow zoom in it, a step a frame. */
export async function frameTimes(chart: TimelineChart, data: TimelineData, count: number): Promise<number[]> {
  const times: number[] = [];
  const span = data.end - data.start;
  for (let step = 0; step < count; step++) {
    const by = Math.sin(step / 12) * span * 0.2;
    const narrower = (1 - Math.cos(step / 20)) * span * 0.15;
    const moved = { ...data, start: data.start + by + narrower, end: data.end + by - narrower };
    await frame();
    const began = performance.now();
    chart.setData(moved);
    await handedOver();
    times.push(performance.now() - began);
  }
  return times;
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
