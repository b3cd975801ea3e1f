// Measured values as people read them.
import type { Chart } from "../shared/model";

const compact = new Intl.NumberFormat(undefined, { notation: "compact", maximumSignificantDigits: 3 });
const digits = new Intl.NumberFormat(undefined, { maximumSignificantDigits: 3 });

export function shownValue(value: number | null | undefined, unit: Chart["unit"]): string {
  if (value === null || value === undefined) return "–";
  if (unit === "ratio") return `${digits.format(value * 100)} %`;
  if (unit === "requests/s") return `${compact.format(value)}/s`;
  return value < 1 ? `${digits.format(value * 1_000)} ms` : `${digits.format(value)} s`;
}
