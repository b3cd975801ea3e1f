// The page for those who may administer: tokens, buckets and environments.

import { type Api, Refusal, type Session } from "./api";
import { fill, h } from "./dom";
import { type PlaceKind, placeSection } from "./placesettings";
import { complain } from "./toast";
import { type TokenKind, tokenSection } from "./tokensettings";

const PLACES: PlaceKind[] = ["buckets", "environments"];
const TOKENS: TokenKind[] = ["mcpTokens", "apiTokens"];

export function showSettings(host: HTMLElement, api: Api, session: Session, ended: () => void): void {
  const fail = (error: unknown): void => (error instanceof Refusal && error.status === 401 ? ended() : complain(error));
  // Of one who may not write events it isn't known whether anything can be written here; the server tells.
  const writable = session.writable || !session.scopes.includes("events:write");
  const page = { api, writable, fail };
  fill(host, h("h1", {}, "Settings"), ...TOKENS.map((kind) => tokenSection(page, kind)), ...PLACES.map((kind) => placeSection(page, kind)));
}
