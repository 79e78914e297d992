// SPDX-License-Identifier: Apache-2.0
// The one dialog of the page: what is to be confirmed, what was refused and what to do about that,
// and who may change things.
import { el } from "./dom.js";

const dialog = document.getElementById("dialog");

export function say(title, body, buttons = [], leave = "Close") {
  dialog.replaceChildren(el("h2", { id: "dialog-title", tabindex: "-1", autofocus: true }, title), ...body,
    el("div", { class: "row ends-dialog" }, buttons, el("button", { type: "button", onclick: () => dialog.close() }, leave)));
  if (!dialog.open) dialog.showModal();
}

// Something that has its consequences told first.
export function confirm(title, body, word, run) {
  say(title, body, el("button", { type: "button", class: "act", id: "apply", onclick: () => {
    if (![...dialog.querySelectorAll("input")].every((i) => i.reportValidity())) return;
    dialog.close();
    tried(run);
  } }, word), "Cancel");
}

const NEXT = {
  400: "Mend that and ask again.",
  404: "Check the name and ask again.",
  403: "Until then this page is for looking. After a change of its configuration the daemon has to be started anew.",
  409: "When that has changed, ask again.",
  429: "Wait a moment, then ask again.",
  503: "Wait a moment, then ask again; what is found out about the module is in its overview.",
};

// Do what may be refused. Without a token, or with one that is not known, another can be given at once.
export async function tried(f) {
  try {
    await f();
  } catch (e) {
    if (e.status === 401) askToken("That needs a token", e.message, () => tried(f));
    else say("That was refused", [el("p", {}, el("b", {}, e.message)), NEXT[e.status] ? el("p", {}, NEXT[e.status]) : ""]);
  }
}

// The token stays in this tab alone.
export function paintToken() {
  const b = document.getElementById("token"), may = !!sessionStorage.getItem("token");
  b.textContent = may ? "May change things" : "Read only";
  b.className = may ? "may" : "";
}

export function askToken(title, why, then) {
  const input = el("input", { type: "password", id: "token-text", autocomplete: "off", size: "40" });
  say(title, [el("p", {}, why), el("p", {}, "Enter a token from the daemon's file of tokens. It is kept in this tab and forgotten with it."),
    el("form", { class: "row", onsubmit: (e) => {
      e.preventDefault();
      if (input.value) sessionStorage.setItem("token", input.value.trim());
      else sessionStorage.removeItem("token");
      paintToken();
      dialog.close();
      then?.();
    } }, el("label", { for: "token-text" }, "Token"), input, el("button", { class: "act" }, "Use it"))]);
}
