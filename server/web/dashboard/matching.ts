// Whether an event that just changed belongs to what is shown, so that it needn't all be fetched anew for one event. Substrings are
// left to the server, which folds case by its own rules.

import type { TimelineEvent } from "../shared/model";
import { endOf, type View, type Window } from "./view";

export function matches(event: TimelineEvent, view: View, window: Window): boolean {
  return (
    Date.parse(event.startedAt) <= window.end &&
    endOf(event) >= window.start &&
    (view.types.length === 0 || view.types.includes(event.type)) &&
    applies(event.bucketSids, view.bucketSid) &&
    applies(event.environmentSids, view.environmentSid) &&
    (view.source === "" || event.source === view.source)
  );
}

function applies(scope: string[] | undefined, sid: string): boolean {
  return sid === "" || !scope || scope.includes("*") || scope.includes(sid);
}
