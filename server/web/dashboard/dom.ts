// Elements from script. Whatever text comes from an event goes in as text, so that it can't become markup.

type Child = Node | string | null | undefined | false;
type Attributes = Record<string, string | boolean | ((event: Event) => void) | undefined>;

/** An element with attributes (`on…` are listeners, true is an attribute without a value) and children. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (typeof value === "string") element.setAttribute(name, value);
  }
  element.append(...children.filter(isThere));
  return element;
}

/** The element with that id, which the page has. */
export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found as T;
}

/** Put these in place of whatever is inside. */
export function fill(parent: Element, ...children: Child[]): void {
  parent.replaceChildren(...children.filter(isThere));
}

function isThere(child: Child): child is Node | string {
  return child !== null && child !== undefined && child !== false;
}
