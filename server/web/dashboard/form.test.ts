import { beforeEach, describe, expect, test } from "vitest";
import { Refusal } from "./api";
import { h } from "./dom";
import { changedFields, withoutEmpty } from "./eventform";
import { Fields, formatPairs, formatTags, parsePairs, parseTags, splitList, Unfit } from "./form";

describe("what is written in a form", () => {
  test("a list stands between commas", () => {
    expect(splitList(" a, b ,,c ")).toEqual(["a", "b", "c"]);
    expect(splitList(" , ")).toBeNull();
  });

  test("labels are read and written a pair a line, values with = in them too", () => {
    const text = "service=checkout\nselector=a=b";
    expect(parsePairs(`\n${text}  \n`)).toEqual({ service: "checkout", selector: "a=b" });
    expect(formatPairs(parsePairs(text))).toBe(text);
    expect(() => parsePairs("checkout")).toThrow('"checkout" is no pair');
  });

  test("tags are read and written a key a line, with all its values", () => {
    const text = "Environment~Prod;Dev\nteam~payments";
    expect(parseTags(text)).toEqual({ Environment: ["Prod", "Dev"], team: ["payments"] });
    expect(formatTags(parseTags(text))).toBe(text);
    expect(parseTags(" ")).toBeNull();
    expect(() => parseTags("Prod")).toThrow('"Prod" is no tag');
  });
});

describe("what is sent", () => {
  const stored = { sid: "evt_a", type: "incident", name: "slow", startedAt: "2026-01-15T11:00:00.000Z", bucketSids: ["*"], metadata: { commit: "a1" } } as const;

  test("of an event that is there, only what was changed", () => {
    const fields = { type: "incident", name: "very slow", startedAt: stored.startedAt, endedAt: null, bucketSids: ["*"], metadata: { commit: "a1" } };
    expect(changedFields(fields, { ...stored, bucketSids: ["*"] })).toEqual({ name: "very slow" });
  });

  test("an end that is emptied is sent, so that the incident is open again", () => {
    expect(changedFields({ endedAt: null }, { ...stored, bucketSids: ["*"], endedAt: "2026-01-15T12:00:00.000Z" })).toEqual({ endedAt: null });
  });

  test("of a new event, only what was filled in", () => {
    expect(withoutEmpty({ name: "v1", source: null, bucketSids: ["*"], environmentSids: ["env_1"] })).toEqual({ name: "v1", environmentSids: ["env_1"] });
  });
});

describe("what the server refuses", () => {
  let fields: Fields;
  let form: HTMLElement;
  const control = (name: string): HTMLElement => form.querySelector<HTMLElement>(`#event-${name}`)!;
  const problem = (name: string): string => form.querySelector(`#event-${name}-problem`)!.textContent ?? "";

  beforeEach(() => {
    fields = new Fields("event");
    form = h("form", {}, fields.field("name", "Name", h("input")), fields.field("tags", "Tags", h("textarea")), fields.group("bucketSids", "Buckets", [h("input")], ""), fields.rest());
    document.body.replaceChildren(form);
  });

  test("stands at its field, which is marked and gets the focus", () => {
    fields.tell(new Refusal(400, "name: blank", [{ field: "name", message: "is blank" }]));
    expect(problem("name")).toBe("is blank");
    expect(control("name").getAttribute("aria-invalid")).toBe("true");
    expect(document.activeElement).toBe(control("name"));
  });

  test("stands at the field that a deeper one belongs to, at a group too", () => {
    fields.tell(new Refusal(400, "", [{ field: "tags.Region", message: "no value" }, { field: "bucketSids[0]", message: "unknown bucket" }]));
    expect([problem("tags"), problem("bucketSids")]).toEqual(["no value", "unknown bucket"]);
  });

  test("stands below all where the form has no such field, or no field is named", () => {
    fields.tell(new Refusal(400, "", [{ field: "dedupKey", message: "is taken" }]));
    expect(fields.rest().textContent).toBe("dedupKey: is taken");
    fields.tell(new Refusal(403, "this token may not write"));
    expect(fields.rest().textContent).toBe("this token may not write");
  });

  test("is gone at the next try", () => {
    fields.tell(new Unfit("name", "write a name"));
    fields.clear();
    expect(problem("name")).toBe("");
    expect(control("name").hasAttribute("aria-invalid")).toBe(false);
  });
});
