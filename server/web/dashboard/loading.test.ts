import { afterEach, beforeEach, expect, test } from "vitest";
import { Api, Refusal, type Page } from "./api";
import type { TimelineEvent } from "../shared/model";
import { loadEvents, type Loaded, MOST_EVENTS } from "./loading";

const event = (number: number): TimelineEvent => ({ sid: `evt_${number}`, type: "custom", name: `number ${number}`, startedAt: "2026-01-15T11:00:00.000Z" });

const realFetch = globalThis.fetch;
let asked: URL[] = [];
let total = 0;
let refusal: Response | null = null;

/** What answers here has `total` events, and gives them out as the REST API does. */
beforeEach(() => {
  asked = [];
  refusal = null;
  globalThis.fetch = async (path) => {
    const url = new URL(String(path), "http://127.0.0.1");
    asked.push(url);
    return refusal ?? new Response(JSON.stringify(pageOf(url.searchParams)));
  };
});

afterEach(() => {
  globalThis.fetch = realFetch;
});

function pageOf(query: URLSearchParams): Page<TimelineEvent> {
  const from = Number(query.get("cursor") ?? 0);
  const until = Math.min(total, from + Number(query.get("limit")));
  const records = Array.from({ length: until - from }, (_, at) => event(from + at));
  const warnings = [{ source: "apica", message: "slow" }];
  return { hasMore: until < total, records, nextCursor: until < total ? String(until) : null, warnings };
}

async function load(): Promise<Loaded[]> {
  const shown: Loaded[] = [];
  await loadEvents(new Api("acc_1"), new URLSearchParams({ type: "custom" }), new AbortController().signal, (loaded) => shown.push(loaded));
  return shown;
}

test("pages are shown as they come, each asked for with the filters", async () => {
  total = 250;
  const shown = await load();
  expect(shown.map(({ events, done }) => [events.length, done])).toEqual([[100, false], [200, false], [250, true]]);
  expect(asked.map((url) => `${url.pathname} ${url.searchParams.get("type")}`)).toEqual(Array(3).fill("/v1/accounts/acc_1/events custom"));
});

test("a warning that stands on every page is told once", async () => {
  total = 150;
  expect((await load()).at(-1)!.warnings).toEqual([{ source: "apica", message: "slow" }]);
});

test("of very many events the newest are taken, and it is said that there are more", async () => {
  total = MOST_EVENTS + 1;
  const last = (await load()).at(-1)!;
  expect([last.events.length, last.done, last.truncated]).toEqual([MOST_EVENTS, true, true]);
});

test("as many events as fit are not said to be more", async () => {
  total = MOST_EVENTS;
  expect((await load()).at(-1)!.truncated).toBe(false);
});

test("a refusal says what the server said, field by field", async () => {
  const error = { code: "VALIDATION_ERROR", message: "source: too long", details: [{ field: "source", message: "too long" }] };
  refusal = new Response(JSON.stringify({ success: false, error }), { status: 400 });
  const caught = await load().catch((refused: unknown) => refused);
  expect(caught).toBeInstanceOf(Refusal);
  expect(caught).toMatchObject({ status: 400, message: "source: too long", details: [{ field: "source", message: "too long" }] });
});

test("an answer that isn't Milepost's is told by its status", async () => {
  refusal = new Response("<html>bad gateway</html>", { status: 502 });
  await expect(load()).rejects.toMatchObject({ status: 502, message: "Milepost answered with status 502." });
});

test("a server that is away is told as such", async () => {
  globalThis.fetch = () => realFetch("http://127.0.0.1:1/");
  await expect(load()).rejects.toMatchObject({ status: 0, message: "Milepost can't be reached. Is it still running?" });
});

test("nothing more is shown once another window is asked for", async () => {
  total = 1_000;
  const request = new AbortController();
  const shown: number[] = [];
  const loading = loadEvents(new Api("acc_1"), new URLSearchParams(), request.signal, ({ events }) => {
    shown.push(events.length);
    request.abort();
  });
  await loading.catch(() => undefined);
  expect(shown).toEqual([100]);
});
