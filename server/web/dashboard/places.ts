// The registered buckets and environments: the API keeps SIDs, people read and write names.

import type { Place } from "./api";

export type ScopeField = "bucketSids" | "environmentSids";

export class Places {
  readonly #names: Map<string, string>;

  constructor(
    readonly buckets: readonly Place[] = [],
    readonly environments: readonly Place[] = [],
  ) {
    this.#names = new Map([...buckets, ...environments].map(({ sid, name }) => [sid, name]));
  }

  of(field: ScopeField): readonly Place[] {
    return field === "bucketSids" ? this.buckets : this.environments;
  }

  /** The registered name; what isn't registered is its own. */
  name(sid: string): string {
    return this.#names.get(sid) ?? sid;
  }

  /** The names of a scope; of one that is everywhere, none. */
  names(sids: readonly string[] | undefined): string[] {
    return isEverywhere(sids) ? [] : sids!.map((sid) => this.name(sid));
  }
}

export function isEverywhere(sids: readonly string[] | undefined): boolean {
  return !sids || sids.length === 0 || sids.includes("*");
}
