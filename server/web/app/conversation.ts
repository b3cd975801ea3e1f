// The host behind the page: asks the server through it, and speaks to the assistant through it.
import type { App } from "@modelcontextprotocol/ext-apps";
import type { TimelineEvent } from "../shared/model";
import { isEvent, textOf, type ToolResult } from "./answer";

export class Conversation {
  constructor(readonly app: App) {}

  /** A tool's result; what went wrong on the way comes as one too. */
  async call(name: string, given: Record<string, unknown>): Promise<ToolResult> {
    try {
      return await this.app.callServerTool({ name, arguments: given });
    } catch {
      return { isError: true, content: [{ type: "text", text: "The host couldn't reach Milepost." }] };
    }
  }

  async event(sid: string): Promise<TimelineEvent | string> {
    const result = await this.call("get_event", { sid, detail: "full" });
    if (!result.isError && isEvent(result.structuredContent)) return result.structuredContent;
    return textOf(result) || "The rest couldn't be read.";
  }

  /** Whether the host took the user's words. */
  async say(text: string): Promise<boolean> {
    try {
      const { isError } = await this.app.sendMessage({ role: "user", content: [{ type: "text", text }] });
      return !isError;
    } catch {
      return false;
    }
  }

  /** Let the assistant know which window is on the screen, for whatever the user asks next. */
  async tellWindow(start: number, end: number): Promise<void> {
    if (!this.app.getHostCapabilities()?.updateModelContext) return;
    const [from, to] = [start, end].map((moment) => new Date(moment).toISOString());
    const text = `The timeline on the user's screen now shows ${from} to ${to}.`;
    await this.app.updateModelContext({ content: [{ type: "text", text }] }).catch(() => undefined);
  }
}
