// Signing in: with a token that is pasted, or by a link that Milepost prints.

import { Refusal, type Session, signIn } from "./api";
import { byId, fill, h } from "./dom";

/** Shows the form until somebody has signed in. `reason` says why it is shown again, or why a link didn't work. */
export function showSignIn(reason: string | null, signedIn: (session: Session) => void): void {
  fill(byId("header"));
  const problem = h("p", { class: "problem", role: "alert", id: "sign-in-problem" }, reason ?? "");
  const field = h("input", {
    type: "password", id: "token", name: "token", autocomplete: "off", required: true, spellcheck: "false",
    "aria-describedby": "sign-in-problem", placeholder: "tok_… or mcp_…",
  });
  const button = h("button", { class: "primary" }, "Sign in");
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    button.disabled = true;
    try {
      signedIn(await signIn(field.value.trim()));
    } catch (error) {
      problem.textContent = error instanceof Refusal ? error.message : String(error);
      field.focus();
    } finally {
      button.disabled = false;
    }
  };
  fill(
    byId("main"),
    h("section", { class: "sign-in" },
      h("h1", {}, "Milepost"),
      h("p", {}, "What changed, and when: sign in to see the timeline."),
      h("form", { onsubmit: (event) => void submit(event) },
        h("label", { for: "token" }, "Token"), field, problem, button),
      h("p", { class: "quiet" }, "Or open a link that signs you in once: run ", h("code", {}, "milepost sign-in"), " where Milepost runs. ",
        h("code", {}, "milepost serve"), " prints one when it starts, too."),
    ),
  );
  field.focus();
}
