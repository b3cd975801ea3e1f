// What the server answers with: the REST record of an event, and the answer of `/charts`. Times are RFC 3339, UTC.

export const EVENT_TYPES = ["deployment", "incident", "config_change", "scale", "custom"] as const;
export type EventType = (typeof EVENT_TYPES)[number];
export type Severity = "I" | "W" | "E" | "F";
/** Their names, the least grave first. */
export const SEVERITIES: Record<Severity, string> = { I: "information", W: "warning", E: "error", F: "fatal" };

/** An event as the REST API gives it; what isn't set is null, or left out where a tool answers compactly. */
export interface TimelineEvent {
  sid: string;
  type: EventType;
  name: string;
  startedAt: string;
  endedAt?: string | null;
  description?: string | null;
  source?: string | null;
  metadata?: Record<string, unknown> | null;
  bucketSids?: string[];
  environmentSids?: string[];
  createdAt?: string;
  severity?: Severity | null;
  tags?: Record<string, string[]> | null;
  check?: { id: number; symbol: string | null; descriptor: string | null } | null;
  dedupKey?: string | null;
  updatedAt?: string | null;
  createdBy?: { door: string; token: string | null; client: string | null } | null;
}

/** One line of a chart; value i belongs to the moment startTime + i × stepSeconds, null where nothing was measured. */
export interface Series {
  name: string;
  values: (number | null)[];
}

/** `throughput` (requests/s by status class), `errorRatio` (0-1), `responseTime` (seconds: p50, p95, p99). */
export interface Chart {
  name: "throughput" | "errorRatio" | "responseTime";
  title: string;
  unit: "requests/s" | "ratio" | "seconds";
  series: Series[];
}

export interface Warning {
  source: string;
  message: string;
}

/** The answer of `GET /v1/accounts/{accountSid}/charts`. `connected` says whether metrics are set up at all. */
export interface Charts {
  startTime: string;
  endTime: string;
  stepSeconds: number;
  connected: boolean;
  charts: Chart[];
  warnings?: Warning[];
}
