// A change as a request that the user sends: the page itself writes nothing, and the assistant asks as for any other call.
//
// Of an event there is only its sid in it. A request speaks with the user's voice, so what others wrote has no place there.

export interface Change {
  name?: string;
  description?: string;
  endedAt?: string;
}

const SID = /^[A-Za-z0-9_-]{1,64}$/;

/** The words of the request; null where the sid is none, or nothing changes. */
export function proposal(sid: string, change: Change, ask = ""): string | null {
  if (!SID.test(sid) || Object.keys(change).length === 0) return null;
  return `Please call update_event with ${JSON.stringify({ sid, ...change })}.${ask && ` ${ask}`}`;
}

export function closing(sid: string, now: number): string | null {
  const change = { endedAt: new Date(now).toISOString() };
  return proposal(sid, change, "It closes this incident. Ask me first how it was resolved, for its description.");
}
