// What is known of an event, a row each.
import { EVENT_LOOK, duration, utc, type Moments } from "../chart";
import { SEVERITIES, type TimelineEvent } from "../shared/model";
import { element } from "./elements";

type Row = [name: string, text: string];

export function facts(event: TimelineEvent, moments: Moments, now: number): HTMLElement {
  const told = [...happening(event, moments, now), ...particulars(event), ...bookkeeping(event, moments)].filter(([, text]) => text !== "");
  return element("dl", {}, ...told.flatMap(([name, text]) => [element("dt", {}, name), element("dd", {}, text)]));
}

function happening(event: TimelineEvent, moments: Moments, now: number): Row[] {
  const start = Date.parse(event.startedAt);
  const end = event.endedAt ? Date.parse(event.endedAt) : null;
  const ongoing = event.type === "incident" && end === null;
  return [
    ["Type", EVENT_LOOK[event.type].label],
    ["Began", `${moments.full(start)} · ${utc(start)}`],
    ["Ended", end === null ? (ongoing ? `ongoing for ${duration(Math.max(0, now - start))}` : "") : `${moments.full(end)} · after ${duration(end - start)}`],
  ];
}

function particulars(event: TimelineEvent): Row[] {
  const scope = [...(event.bucketSids ?? []), ...(event.environmentSids ?? [])].filter((sid) => sid !== "*");
  const tags = Object.entries(event.tags ?? {}).map(([key, values]) => `${key}: ${values.join(", ")}`);
  const { id, symbol, descriptor } = event.check ?? {};
  return [
    ["Source", event.source ?? ""],
    ["Severity", event.severity ? SEVERITIES[event.severity] : ""],
    ["Check", [id, symbol, descriptor].filter((part) => part !== null && part !== undefined).join(" · ")],
    ["Applies to", scope.join(", ")],
    ["Tags", tags.join("; ")],
  ];
}

function bookkeeping(event: TimelineEvent, moments: Moments): Row[] {
  const moment = (text: string | null | undefined): string => (text ? moments.full(Date.parse(text)) : "");
  const { door, token, client } = event.createdBy ?? {};
  return [
    ["Dedup key", event.dedupKey ?? ""],
    ["Recorded", moment(event.createdAt)],
    ["Recorded by", door ? `${[token, client].filter(Boolean).join(", ") || "the owner"} (${door})` : ""],
    ["Changed", moment(event.updatedAt)],
    ["SID", event.sid],
  ];
}
