// The server, as the page speaks to it: the REST API with the session's cookie, errors as the API tells them.

import type { Charts, TimelineEvent } from "../shared/model";

export interface FieldProblem {
  field: string;
  message: string;
}

/** What the server refused, and why; status 0 where it couldn't be reached. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly details: FieldProblem[] = [],
  ) {
    super(message);
  }
}

export interface Session {
  account: { sid: string; name: string };
  scopes: string[];
  bucketSids: string[];
  environmentSids: string[];
  token: string | null;
  expiresAt: string | null;
  writable: boolean;
  metrics: boolean;
  version: string;
}

export interface Place {
  sid: string;
  name: string;
  labels: Record<string, string>;
}

export interface TokenRecord {
  sid: string;
  name: string;
  token: string;
  scopes: string[];
  bucketSids: string[];
  environmentSids: string[];
  isRevoked: boolean;
  isActive?: boolean;
  createdAt: string;
  expiresAt: string | null;
  lastUsedAt: string | null;
}

export interface Revision {
  version: number;
  kind: string;
  at: string;
  by: TimelineEvent["createdBy"];
  before: TimelineEvent | null;
}

export interface Page<T> {
  hasMore: boolean;
  records: T[];
  nextCursor: string | null;
  warnings?: { source: string; message: string }[];
}

export type PlaceKind = "buckets" | "environments";
export type TokenKind = "mcpTokens" | "apiTokens";
export type EventFields = Record<string, unknown>;

/** An event and the ETag that its next change has to name. */
export interface Versioned {
  event: TimelineEvent;
  etag: string | null;
}

async function ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}, signal?: AbortSignal): Promise<Response> {
  const init: RequestInit = { method, headers: { ...headers }, credentials: "same-origin", cache: "no-store" };
  if (signal) init.signal = signal;
  if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers = { ...headers, "Content-Type": "application/json" };
  }
  let answer: Response;
  try {
    answer = await fetch(path, init);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Refusal(0, "Milepost can't be reached. Is it still running?");
  }
  if (answer.ok) return answer;
  throw await refusalOf(answer);
}

async function refusalOf(answer: Response): Promise<Refusal> {
  try {
    const { error } = (await answer.json()) as { error: { message: string; details?: FieldProblem[] } };
    return new Refusal(answer.status, error.message, error.details ?? []);
  } catch {
    return new Refusal(answer.status, `Milepost answered with status ${answer.status}.`);
  }
}

async function json<T>(answer: Promise<Response>): Promise<T> {
  return (await (await answer).json()) as T;
}

async function versioned(answer: Response): Promise<Versioned> {
  return { event: (await answer.json()) as TimelineEvent, etag: answer.headers.get("ETag") };
}

export const session = (): Promise<Session> => json(ask("GET", "/session"));
export const signIn = (token: string): Promise<Session> => json(ask("POST", "/session", { token }));
export const signOut = async (): Promise<void> => void (await ask("DELETE", "/session"));

/** One account's events, charts, places and tokens. */
export class Api {
  private readonly base: string;

  constructor(accountSid: string) {
    this.base = `/v1/accounts/${encodeURIComponent(accountSid)}`;
  }

  events(query: URLSearchParams, signal: AbortSignal): Promise<Page<TimelineEvent>> {
    return json(ask("GET", `${this.base}/events?${query}`, undefined, {}, signal));
  }

  charts(query: URLSearchParams, signal: AbortSignal): Promise<Charts> {
    return json(ask("GET", `${this.base}/charts?${query}`, undefined, {}, signal));
  }

  async event(sid: string): Promise<Versioned> {
    return versioned(await ask("GET", this.eventPath(sid)));
  }

  create(fields: EventFields): Promise<TimelineEvent> {
    return json(ask("POST", `${this.base}/events`, fields));
  }

  async change(sid: string, fields: EventFields, etag: string | null): Promise<Versioned> {
    return versioned(await ask("PUT", this.eventPath(sid), fields, etag ? { "If-Match": etag } : {}));
  }

  async remove(sid: string, etag: string | null): Promise<void> {
    await ask("DELETE", this.eventPath(sid), undefined, etag ? { "If-Match": etag } : {});
  }

  restore(sid: string): Promise<TimelineEvent> {
    return json(ask("POST", `${this.eventPath(sid)}/restore`));
  }

  history(sid: string): Promise<Page<Revision>> {
    return json(ask("GET", `${this.eventPath(sid)}/history?limit=20`));
  }

  async places(kind: PlaceKind): Promise<Place[]> {
    return this.all<Place>(`${this.base}/${kind}`);
  }

  savePlace(kind: PlaceKind, sid: string | null, fields: { name: string; labels: Record<string, string> }): Promise<Place> {
    return sid === null
      ? json(ask("POST", `${this.base}/${kind}`, fields))
      : json(ask("PUT", `${this.base}/${kind}/${encodeURIComponent(sid)}`, fields));
  }

  async removePlace(kind: PlaceKind, sid: string): Promise<void> {
    await ask("DELETE", `${this.base}/${kind}/${encodeURIComponent(sid)}`);
  }

  async tokens(kind: TokenKind): Promise<TokenRecord[]> {
    return this.all<TokenRecord>(`${this.base}/${kind}`);
  }

  issueToken(kind: TokenKind, fields: Record<string, unknown>): Promise<TokenRecord> {
    return json(ask("POST", `${this.base}/${kind}`, fields));
  }

  async revokeToken(kind: TokenKind, sid: string): Promise<void> {
    await ask("DELETE", `${this.base}/${kind}/${encodeURIComponent(sid)}`);
  }

  private eventPath(sid: string): string {
    return `${this.base}/events/${encodeURIComponent(sid)}`;
  }

  private async all<T>(path: string): Promise<T[]> {
    const found: T[] = [];
    let cursor: string | null = null;
    do {
      const query = new URLSearchParams({ limit: "100", ...(cursor ? { cursor } : {}) });
      const page: Page<T> = await json(ask("GET", `${path}?${query}`));
      found.push(...page.records);
      cursor = page.nextCursor ?? null;
    } while (cursor);
    return found;
  }
}
