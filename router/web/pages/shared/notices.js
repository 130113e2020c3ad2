// Short words at the page's edge: what has happened, and what did not work.

import { Away, Problem } from "/pages/shared/api.js";
import { Model, Part, define, h } from "/pages/shared/dom.js";
import { icon } from "/pages/shared/icons.js";
import { hasWords, t } from "/pages/shared/words.js";

const SHOWN_MS = 6_000;
const MOST = 4;

class Notices extends Model {
  shown = [];
  #number = 0;

  say(text, kind = "") {
    const notice = { id: ++this.#number, text, kind };
    this.shown = [...this.shown, notice].slice(-MOST);
    setTimeout(() => this.dismiss(notice.id), SHOWN_MS);
    this.changed();
  }

  dismiss(id) {
    this.shown = this.shown.filter((notice) => notice.id !== id);
    this.changed();
  }
}

const notices = new Notices();

/** Say something in passing. */
export function say(text) {
  notices.say(text);
}

/** Say what did not work. An error that is not the router's is one of this page's, and is thrown on. */
export function complain(error) {
  notices.say(textOf(error), "bad");
}

/** What an error means for whoever is at this page. */
export function textOf(error) {
  if (error instanceof Away) return t("away");
  if (!(error instanceof Problem)) throw error;
  const known = `refused_${error.code}`;
  if (hasWords(known)) return t(known);
  return t("refused", { code: error.code, detail: error.detail ?? "" });
}

/** Do something, and say so where it does not work. Gives whether it did. */
export async function trying(action) {
  try {
    await action();
    return true;
  } catch (error) {
    complain(error);
    return false;
  }
}

class NoticesPart extends Part {
  watches() {
    return [notices];
  }

  connectedCallback() {
    this.setAttribute("role", "log");
    this.setAttribute("aria-live", "polite");
    this.setAttribute("aria-label", t("notices"));
    super.connectedCallback();
  }

  view() {
    return notices.shown.map(({ id, text, kind }) =>
      h(
        "div",
        { class: `notice ${kind}`, key: id },
        kind === "bad" && icon("alert"),
        h("span", {}, text),
        h("button", { type: "button", "aria-label": t("close"), onclick: () => notices.dismiss(id) }, icon("close")),
      ),
    );
  }
}

define("cr-notices", NoticesPart);
