// Events for tests, minutes from one o'clock.
import type { EventType, TimelineEvent } from "../../shared/model";
import { PlacedEvents } from "../placed-events";
import { TimeAxis } from "../time-axis";

export const START = Date.parse("2026-01-15T13:00:00Z");
const MINUTE = 60_000;

export const at = (minutes: number): number => START + minutes * MINUTE;

export function event(sid: string, type: EventType, from: number, to?: number, name = sid): TimelineEvent {
  const endedAt = to === undefined ? null : new Date(at(to)).toISOString();
  return { sid, type, name, startedAt: new Date(at(from)).toISOString(), endedAt };
}

/** An hour on 600 pixels: ten pixels a minute. */
export const HOUR = new TimeAxis(START, at(60), 600);

export function visible(...events: TimelineEvent[]) {
  return new PlacedEvents(events).visible(HOUR.start, HOUR.end);
}

export const sids = (placed: { event: TimelineEvent }[]): string[] => placed.map(({ event: { sid } }) => sid);
