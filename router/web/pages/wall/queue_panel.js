// A queue: who waits in it, in the order of their turns, and what a supervisor can do with it.

import { define, h } from "/pages/shared/dom.js";
import { dayTimeOf } from "/pages/shared/format.js";
import { icon } from "/pages/shared/icons.js";
import { t } from "/pages/shared/words.js";
import { contactsView } from "/pages/wall/contact_list.js";
import { Fresh } from "/pages/wall/fresh.js";
import { closeQueue, noteQueue, openQueue, resetQueue } from "/pages/wall/queue_acts.js";

const STATES = ["queued", "offered", "assigned", "parked", "scheduled"];
const PAGE = 50;

class QueuePanel extends Fresh {
  #state = "queued";
  #contacts = [];
  #most = PAGE;

  async read() {
    const query = { state: this.#state, queue: this.id, limit: PAGE };
    this.#contacts = await this.api.all("/contacts", query, this.#most);
  }

  shown() {
    const queue = this.floor.queue(this.id);
    return [
      queue && this.#standing(queue),
      h(
        "section",
        { "aria-labelledby": "queue-contacts", key: "contacts" },
        h("h3", { id: "queue-contacts" }, t("contacts")),
        this.#filter(),
        contactsView(this.#contacts.slice(0, this.#most), this.opened, () => this.refresh(), { inQueue: true }),
        this.#contacts.length >= this.#most && h("button", { type: "button", class: "button", key: "more", onclick: () => this.#more() }, t("more")),
      ),
    ];
  }

  #standing(queue) {
    const { floor } = this;
    const { overlay } = queue;
    return h(
      "section",
      { class: "standing", "aria-label": t("standing"), key: "standing" },
      h(
        "p",
        {},
        h("span", { class: queue.open ? "badge good" : "badge bad" }, icon(queue.open ? "check" : "door"), t(queue.open ? "open" : "closed")),
        queue.notice && h("span", {}, icon("info"), " ", queue.notice),
        overlay && h("span", { class: "soft small" }, overlayWords(overlay, floor.zone)),
      ),
      floor.manages &&
        h(
          "div",
          { class: "acts" },
          queue.open
            ? button("door", "act_close_queue", () => closeQueue(queue, floor))
            : button("check", "act_open_queue", () => openQueue(queue, floor)),
          button("info", "act_notice", () => noteQueue(queue, floor)),
          overlay && button("history", "act_reset_queue", () => resetQueue(queue, floor)),
        ),
    );
  }

  #filter() {
    return h(
      "fieldset",
      { class: "filter", key: "filter" },
      h("legend", { class: "unseen" }, t("filter")),
      STATES.map((state) =>
        h(
          "label",
          { key: state },
          h("input", { type: "radio", name: "state", value: state, ".checked": this.#state === state, onchange: () => this.#choose(state) }),
          h("span", {}, t(`contact_${state}`)),
        ),
      ),
    );
  }

  #choose(state) {
    this.#state = state;
    this.#contacts = [];
    this.#most = PAGE;
    this.refresh();
  }

  #more() {
    this.#most += PAGE;
    this.refresh();
  }
}

/** By whom, and until when, something was changed. */
export function overlayWords({ by, until, at }, zone) {
  const words = t("changed_by", { role: t(`role_${by.role}`), at: dayTimeOf(at, zone) });
  return until ? `${words} · ${t("until", { at: dayTimeOf(until, zone) })}` : words;
}

/** A button of a panel that opens a dialog. */
export function button(sign, words, then, kind = "") {
  return h("button", { type: "button", class: `button ${kind}`, key: words, onclick: then }, icon(sign), t(words));
}

define("cr-queue-panel", QueuePanel);
