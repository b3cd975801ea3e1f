import { expect, test } from "vitest";
import type { TimelineEvent } from "../shared/model";
import { by, changedNames } from "./history";

const before: TimelineEvent = { sid: "evt_a", type: "incident", name: "slow", startedAt: "2026-01-15T11:00:00.000Z", endedAt: null, metadata: { a: 1 }, updatedAt: null };

test("a change is told by the fields that differ, and not by those that Milepost sets", () => {
  expect(changedNames(before, { ...before, endedAt: "2026-01-15T12:00:00.000Z", metadata: { a: 1 }, updatedAt: "2026-01-15T12:00:01.000Z" })).toEqual(["endedAt"]);
});

test("who did it is told by token, client and door; without either it was the owner", () => {
  expect(by({ door: "mcp", token: "laptop", client: "claude-code 2.1" })).toBe(" by laptop, claude-code 2.1 (mcp)");
  expect(by({ door: "cli", token: null, client: null })).toBe(" by the owner (cli)");
  expect(by(null)).toBe("");
});
