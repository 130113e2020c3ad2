// Signing in: the same on every page. A page starts with `enter`, and is given whoever its token is.

import { Api, Away, Problem } from "/pages/shared/api.js";
import { clock } from "/pages/shared/clock.js";
import { Part, define, h } from "/pages/shared/dom.js";
import { textOf } from "/pages/shared/notices.js";
import { dropToken, findToken, keepToken, whenSignedOut } from "/pages/shared/session.js";
import { settings } from "/pages/shared/settings.js";
import { t } from "/pages/shared/words.js";

const AGAIN_MS = 1_000;
const WHY = "why signed out";

/**
 * Find out who is here, by the token that this tab has or by the form, and call `start({api, me, operation})`; `roles` are
 * those whose page this is.
 */
export async function enter(roles, start) {
  whenSignedOut(() => leave());
  const token = await findToken();
  if (token === null) return showForm(roles, start, takeWhy());
  const found = await admit(token, roles);
  if (found.problem) {
    dropToken();
    return showForm(roles, start, found.problem);
  }
  document.querySelector("cr-sign-in")?.remove();
  return start(found);
}

/**
 * Sign out of this page; `everywhere`, in every tab that has it: a colleague may be next at this computer. `why` is the
 * name of the words that say why it was not the person who left.
 */
export function leave({ everywhere = false, why = null } = {}) {
  dropToken({ everywhere });
  if (why !== null) sessionStorage.setItem(WHY, why);
  location.reload();
}

function takeWhy() {
  const why = sessionStorage.getItem(WHY);
  sessionStorage.removeItem(WHY);
  return why === null ? null : t(why);
}

async function admit(token, roles) {
  const api = new Api(token);
  for (;;) {
    try {
      const me = await api.get("/me");
      if (!roles.includes(me.role)) return { problem: t("other_role", { role: me.role }) };
      clock.set(me.now, me.pace);
      return { api, me, operation: await api.get("/operation") };
    } catch (error) {
      if (error instanceof Problem && error.status !== 503) {
        return { problem: error.status === 401 ? t("refused_unauthorized") : textOf(error) };
      }
      if (!(error instanceof Away) && !(error instanceof Problem)) throw error;
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }
}

function showForm(roles, start, problem) {
  const form = document.querySelector("cr-sign-in") ?? document.createElement("cr-sign-in");
  Object.assign(form, { roles, start, problem });
  if (form.isConnected) form.update();
  else document.body.prepend(form);
}

class SignIn extends Part {
  roles = [];
  start = null;
  problem = null;

  watches() {
    return [settings];
  }

  view() {
    return h(
      "main",
      {},
      h(
        "form",
        { class: "card sign-in", onsubmit: (event) => this.#submit(event) },
        h("h1", {}, h("img", { src: "/pages/shared/icon.svg", alt: "" }), t("title")),
        this.problem && h("p", { class: "problem", role: "alert" }, this.problem),
        h(
          "label",
          { class: "field" },
          h("span", {}, t("token")),
          h("input", { name: "token", type: "password", required: true, autocomplete: "off", spellcheck: "false", autofocus: true }),
        ),
        h("p", { class: "small soft" }, t("token_hint")),
        h("button", { class: "button main", type: "submit" }, t("sign_in")),
      ),
    );
  }

  #submit(event) {
    event.preventDefault();
    const token = new FormData(event.target).get("token").trim();
    // A header holds no other signs; nor does any token of ours.
    if (!/^[\x21-\x7e]+$/.test(token)) {
      this.problem = t("refused_unauthorized");
      this.update();
      return;
    }
    keepToken(token);
    enter(this.roles, this.start);
  }
}

define("cr-sign-in", SignIn);
