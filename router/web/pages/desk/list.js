// The agent's work at one look: what he talks about, what is over and waits for a word, what is put aside.

import { Part, define, h } from "/pages/shared/dom.js";
import { clockOf } from "/pages/shared/format.js";
import { channelIcon } from "/pages/shared/icons.js";
import { settings } from "/pages/shared/settings.js";
import { label, t } from "/pages/shared/words.js";
import { previewOf } from "/pages/desk/messages.js";

class List extends Part {
  work = null;

  watches() {
    return [this.work, settings];
  }

  view() {
    const { work } = this;
    const going = work.open.filter((talk) => !talk.isOver);
    const over = work.open.filter((talk) => talk.isOver);
    return h(
      "nav",
      { "aria-label": t("your_work") },
      this.#load(),
      this.#group("talks", t("talks"), going, 1),
      this.#group("over", t("talks_over"), over, 1 + going.length),
      this.#group("parked", t("talks_parked"), work.parked, 1 + work.open.length),
      this.#queues(),
    );
  }

  /** Who waits in the queues that he serves. */
  #queues() {
    const { queues, operation } = this.work;
    if (queues.length === 0) return null;
    return h(
      "section",
      { key: "queues", class: "queues" },
      h("h2", { class: "group" }, t("your_queues")),
      h(
        "ul",
        {},
        queues.map(({ id, waiting, longest_wait_s: longest, target_s: target, open }) =>
          h(
            "li",
            { key: id },
            h("span", { class: "cut" }, label(operation, "queues", id)),
            waiting > 0 && h("span", { class: `badge ${longest > target ? "bad" : "accent"}` }, t("queue_waits", { n: waiting })),
            h("span", { class: "small soft" }, waiting > 0 ? t("queue_longest", { wait: clockOf(longest * 1000) }) : t(open ? "queue_nobody" : "queue_closed")),
          ),
        ),
      ),
    );
  }

  /** How much of the agent is taken. */
  #load() {
    const { agent } = this.work;
    if (!agent) return null;
    const share = Math.min(1, agent.load / agent.capacity);
    return h(
      "div",
      { key: "load", class: "load" },
      h("span", { class: "small soft" }, t("load")),
      h("span", { class: "track", role: "img", "aria-label": t("load_is", { percent: Math.round(share * 100) }) }, h("span", { style: { width: `${share * 100}%` } })),
    );
  }

  #group(key, title, talks, from) {
    if (talks.length === 0) return null;
    return h(
      "section",
      { key },
      h("h2", { class: "group" }, title, " ", h("span", { class: "badge" }, talks.length)),
      h("ul", {}, talks.map((talk, place) => this.#entry(talk, from + place))),
    );
  }

  #entry(talk, number) {
    const { work } = this;
    const { contact } = talk;
    const unread = talk.unread;
    return h(
      "li",
      { key: talk.id },
      h(
        "button",
        { type: "button", class: "entry", "aria-current": work.focus === talk.id ? "true" : null, onclick: () => work.look(talk.id) },
        h("span", { class: `face ${contact.channel}` }, channelIcon(contact.channel, contact.medium)),
        h(
          "span",
          { class: "lines" },
          h(
            "span",
            { class: "line" },
            h("strong", { class: "cut" }, work.nameOf(contact)),
            number <= 9 && h("kbd", { class: "end", "aria-hidden": "true" }, `Alt ${number}`),
          ),
          h(
            "span",
            { class: "line small soft" },
            h("span", { class: "cut" }, talk.isTyping ? t("is_typing") : lineOf(work, talk)),
            h(
              "span",
              { class: "line end" },
              this.#waits(talk),
              unread > 0 && h("span", { class: "badge count" }, unread, h("span", { class: "unseen" }, ` ${t("unread", { n: unread })}`)),
            ),
          ),
        ),
      ),
    );
  }

  /** How long his customer waits for an answer, where he does. */
  #waits(talk) {
    const { contact } = talk;
    if (talk.isOver || contact.state === "parked" || contact.asked_at === null) return null;
    return h("span", { class: "badge fair", title: t("waits_for_answer") }, h("cr-clock", { ".since": contact.asked_at }));
  }
}

/** What an entry says below the name. */
function lineOf(work, talk) {
  const { contact } = talk;
  if (talk.isOver) return t("needs_disposition");
  if (talk.isVoice) return contact.answered_at ? t("call_talking") : t("call_connecting");
  return talk.latest ? previewOf(talk.latest) : label(work.operation, "queues", contact.queue);
}

define("cr-list", List);
