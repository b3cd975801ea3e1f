// A dialog that gives the focus back to where it came from when it closes.

import { h } from "./dom";

export interface Dialog {
  element: HTMLDialogElement;
  body: HTMLElement;
  close(): void;
}

export function openDialog(title: string, closed: () => void = () => undefined): Dialog {
  const before = document.activeElement as HTMLElement | null;
  const heading = h("h2", { id: "dialog-title" }, title);
  const body = h("div", { class: "dialog-body" });
  const element = h("dialog", { "aria-labelledby": "dialog-title" });
  const close = (): void => element.close();
  element.append(
    h("div", { class: "dialog-head" }, heading, h("button", { type: "button", class: "icon", "aria-label": "Close", onclick: close }, "×")),
    body,
  );
  element.addEventListener("close", () => {
    element.remove();
    before?.focus();
    closed();
  });
  element.addEventListener("mousedown", (event) => {
    if (event.target === element) close();
  });
  document.body.append(element);
  element.showModal();
  return { element, body, close };
}

/** Asks before something that can't be taken back. */
export function confirmFirst(title: string, text: string, label: string, run: () => void): void {
  const dialog = openDialog(title);
  const yes = (): void => {
    dialog.close();
    run();
  };
  dialog.body.append(
    h("p", {}, text),
    h("div", { class: "actions" },
      h("button", { type: "button", onclick: () => dialog.close() }, "Cancel"),
      h("button", { type: "button", class: "danger", onclick: yes }, label)),
  );
}
