// A host of MCP Apps with the package's own bridge: shows the page in a sandbox and carries its calls to the real server,
// which the test that opened this page reaches for it.
import { AppBridge, PostMessageTransport, type McpUiHostContext } from "@modelcontextprotocol/ext-apps/app-bridge";

type Json = Record<string, unknown>;
type Bridge = AppBridge;

const CAPABILITIES = { serverTools: {}, message: { text: {} }, updateModelContext: { text: {} } };
const heard: { calls: Json[]; said: unknown[]; contexts: unknown[]; sizes: unknown[]; initialized: boolean } = {
  calls: [],
  said: [],
  contexts: [],
  sizes: [],
  initialized: false,
};
let bridge: Bridge;
let takesMessages = true;

function frame(): HTMLIFrameElement {
  const made = document.createElement("iframe");
  made.setAttribute("sandbox", "allow-scripts");
  document.body.append(made);
  return made;
}

function listen(to: Bridge, shown: HTMLIFrameElement): Promise<void> {
  to.oncalltool = async ({ name, arguments: given = {} }) => {
    heard.calls.push({ name, arguments: given });
    return window.callMilepost(name, given);
  };
  to.onmessage = async (params) => {
    heard.said.push(params);
    return takesMessages ? {} : { isError: true };
  };
  to.onupdatemodelcontext = async (params) => {
    heard.contexts.push(params);
    return {};
  };
  to.onsizechange = (size) => {
    heard.sizes.push(size);
    if (size.height) shown.style.height = `${size.height}px`;
  };
  return new Promise((resolve) => {
    to.oninitialized = () => {
      heard.initialized = true;
      resolve();
    };
  });
}

const host = {
  heard,
  /** Show the page at `address` for a call that the assistant made. */
  async start(address: string, given: Json, context: McpUiHostContext): Promise<void> {
    const shown = frame();
    bridge = new AppBridge(null, { name: "harness", version: "1" }, CAPABILITIES, { hostContext: context });
    const initialized = listen(bridge, shown);
    await bridge.connect(new PostMessageTransport(shown.contentWindow!, shown.contentWindow!));
    shown.src = address;
    await initialized;
    await bridge.sendToolInput({ arguments: given });
    await bridge.sendToolResult(await window.callMilepost("show_timeline", given));
  },
  setContext: (context: McpUiHostContext) => bridge.setHostContext(context),
  refuseMessages: () => (takesMessages = false),
  end: () => bridge.teardownResource({}),
};

declare global {
  interface Window {
    host: typeof host;
    /** Given by the test: calls a tool of the real server. */
    callMilepost(name: string, given: Json): Promise<Parameters<Bridge["sendToolResult"]>[0]>;
  }
}
window.host = host;
