import { expect, test } from "vitest";
import { EVENT_TYPES } from "../../shared/model";
import { EVENT_LOOK, GRAVEST_FIRST, shapeSvg } from "../look";

const SURFACES = { light: "#ffffff", dark: "#1a2028" } as const;

test("no two types share a shape or a colour", () => {
  for (const of of ["shape", "label"] as const) {
    expect(new Set(EVENT_TYPES.map((type) => EVENT_LOOK[type][of])).size).toBe(EVENT_TYPES.length);
  }
  expect(new Set(EVENT_TYPES.map((type) => shapeSvg(type).innerHTML)).size).toBe(EVENT_TYPES.length);
  expect(new Set(GRAVEST_FIRST)).toEqual(new Set(EVENT_TYPES));
});

test.each(EVENT_TYPES)("%s stands out from both grounds as text would have to", (type) => {
  for (const theme of ["light", "dark"] as const) {
    expect(contrast(EVENT_LOOK[type].color[theme], SURFACES[theme])).toBeGreaterThanOrEqual(4.5);
  }
});

/** WCAG 2.2, contrast ratio. */
function contrast(one: string, other: string): number {
  const [high, low] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (high! + 0.05) / (low! + 0.05);
}

function luminance(color: string): number {
  const [red, green, blue] = [1, 3, 5].map((index) => {
    const part = parseInt(color.slice(index, index + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
}
