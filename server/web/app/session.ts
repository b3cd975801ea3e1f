// What the page shows now, what it showed before, and what it is waiting for.
import { readAnswer, textOf, type Answer, type ToolResult } from "./answer";
import type { Conversation } from "./conversation";
import type { Page } from "./page";
import { filtersIn, type Window } from "./toolbar";

const MOST_KEPT = 50;

export class Session {
  #filters: Record<string, unknown> = {};
  readonly #past: Answer[] = [];
  #shown: Answer | null = null;
  #asked = 0;

  constructor(
    readonly conversation: Conversation,
    readonly page: () => Page,
  ) {}

  /** The arguments of the call that the assistant made; the page asks with the same filters. */
  setArguments(given: Record<string, unknown>): void {
    this.#filters = given;
  }

  /** The answer to the assistant's call, which knows its window. */
  begin(result: ToolResult): void {
    this.#show(result);
  }

  async ask(window: Window): Promise<void> {
    const number = ++this.#asked;
    this.page().say("Loading …");
    const result = await this.conversation.call("show_timeline", { ...this.#filters, ...window });
    // A later one was asked for meanwhile.
    if (number !== this.#asked) return;
    if (this.#shown && readAnswer(result)) this.#remember(this.#shown);
    if (this.#show(result)) this.#tellWindow();
  }

  back(): void {
    const before = this.#past.pop();
    if (!before) return;
    this.#asked++;
    this.#present(before);
    this.#tellWindow();
  }

  #remember(answer: Answer): void {
    this.#past.push(answer);
    if (this.#past.length > MOST_KEPT) this.#past.shift();
  }

  /** Whether there was something to show. */
  #show(result: ToolResult): boolean {
    const answer = readAnswer(result);
    if (answer) this.#present(answer);
    else this.page().say(textOf(result) || "The host passed on nothing to show.");
    return answer !== null;
  }

  #present(answer: Answer): void {
    this.#shown = answer;
    this.page().show(answer, filtersIn(this.#filters), this.#past.length > 0);
  }

  #tellWindow(): void {
    if (this.#shown) void this.conversation.tellWindow(this.#shown.start, this.#shown.end);
  }
}
