// The MCP App: what hosts show for an answer of `show_timeline`.
import { App, applyDocumentTheme, applyHostFonts, applyHostStyleVariables, type McpUiHostContext } from "@modelcontextprotocol/ext-apps";
import type { Theme } from "../chart";
import "./app.css";
import { Conversation } from "./conversation";
import { Page, type Viewer } from "./page";
import { Session } from "./session";

const VERSION = "1.0.0";
const app = new App({ name: "milepost-timeline", version: VERSION }, {});
const conversation = new Conversation(app);
let page: Page | undefined;

/** Made when there is something to show: only then the host has told whose eyes it is for. */
function thePage(): Page {
  page ??= new Page(document.body, viewerOf(app.getHostContext()), {
    fetch: (sid) => conversation.event(sid),
    send: (text) => conversation.say(text),
    now: () => Date.now(),
    onWindow: (window) => void session.ask(window),
    onBack: () => session.back(),
  });
  return page;
}

const session = new Session(conversation, thePage);

function viewerOf(context: McpUiHostContext | undefined): Viewer {
  return {
    theme: themeOf(context),
    ...(context?.timeZone ? { timeZone: context.timeZone } : {}),
    ...(context?.locale ? { locale: context.locale } : {}),
  };
}

function themeOf(context: McpUiHostContext | undefined): Theme {
  return context?.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
}

function follow(context: McpUiHostContext | undefined): void {
  const theme = themeOf(context);
  applyDocumentTheme(theme);
  if (context?.styles?.variables) applyHostStyleVariables(context.styles.variables);
  if (context?.styles?.css?.fonts) applyHostFonts(context.styles.css.fonts);
  page?.setTheme(theme);
}

app.addEventListener("toolinput", ({ arguments: given }) => session.setArguments(given ?? {}));
app.addEventListener("toolresult", (result) => session.begin(result));
app.addEventListener("toolcancelled", () => thePage().say("The assistant's call was cancelled."));
app.addEventListener("hostcontextchanged", () => follow(app.getHostContext()));
app.onteardown = () => {
  page?.destroy();
  return {};
};
await app.connect();
follow(app.getHostContext());
