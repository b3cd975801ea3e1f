// Makes elements whose text is text, whoever wrote it.

type Properties = Partial<Record<"className" | "id" | "type" | "value" | "title", string>>;

export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  properties: Properties = {},
  ...content: (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...content);
  return made;
}

export function button(text: string, onClick: () => void, className = ""): HTMLButtonElement {
  const made = element("button", { type: "button", className }, text);
  made.addEventListener("click", onClick);
  return made;
}

/** A label over its field. */
export function labelled<Field extends HTMLElement>(text: string, field: Field): HTMLLabelElement {
  return element("label", { className: "field" }, element("span", {}, text), field);
}
