// One contact, side by side with the others: who it is, what can be done with it, what is said.

import { Part, define, h } from "/pages/shared/dom.js";
import { clock } from "/pages/shared/clock.js";
import { channelIcon, icon } from "/pages/shared/icons.js";
import { settings } from "/pages/shared/settings.js";
import { label, t } from "/pages/shared/words.js";
import { finish, park, resume, transfer } from "/pages/desk/actions.js";
import { customerType } from "/pages/desk/facts.js";

class Pane extends Part {
  work = null;
  #talk = null;

  get talk() {
    return this.#talk;
  }

  set talk(talk) {
    this.#talk = talk;
    this.update();
  }

  watches() {
    return [this.work, settings];
  }

  connectedCallback() {
    for (const event of ["focusin", "pointerdown"]) this.addEventListener(event, () => this.#chosen());
    super.connectedCallback();
  }

  #chosen() {
    if (this.work.focus !== this.#talk.id) this.work.look(this.#talk.id);
  }

  /** What a person looks at he has seen. */
  drawn() {
    const talk = this.#talk;
    const looks = document.hasFocus() && document.visibilityState === "visible" && this.work.focus === talk.id;
    if (looks && talk.unread > 0) talk.see();
  }

  view() {
    const talk = this.#talk;
    const { work } = this;
    const { contact } = talk;
    const parked = contact.state === "parked";
    return h(
      "article",
      { class: `pane card ${work.focus === talk.id ? "focused" : ""} ${talk.isVoice && talk.isOver ? "hung-up" : ""}`, "aria-label": work.nameOf(contact) },
      h(
        "header",
        { class: "pane-head" },
        h("button", { type: "button", class: "button plain square only-narrow", "aria-label": t("back"), onclick: () => work.look(null) }, icon("back")),
        h("span", { class: `face ${contact.channel}` }, channelIcon(contact.channel, contact.medium)),
        h(
          "div",
          { class: "lines" },
          h("h2", { class: "line" }, h("span", { class: "cut" }, work.nameOf(contact)), customerType(contact)),
          h(
            "p",
            { class: "line small soft" },
            h("span", { class: "cut" }, label(work.operation, "queues", contact.queue)),
            " · ",
            this.#since(),
          ),
        ),
        h("button", { type: "button", class: "button plain square details-button", "aria-label": t("details"), title: t("details"), onclick: () => this.dispatchEvent(new CustomEvent("details", { bubbles: true })) }, icon("info")),
      ),
      contact.notes.length > 0 && h("div", { class: "handed" }, contact.notes.map((note, place) => h("p", { key: place }, icon("note"), h("span", {}, note)))),
      talk.isVoice ? h("cr-call", { key: "call", ".work": work, ".talk": talk }) : null,
      !talk.isVoice && this.#replyClock(),
      (!talk.isVoice || talk.last > 0 || talk.kept.outbox.length > 0) &&
        h("cr-messages", { key: "messages", ".work": work, ".talk": talk, tabindex: "0", role: "log", "aria-label": t("conversation") }),
      talk.isOver ? this.#over() : parked ? this.#parked() : h("cr-composer", { key: "composer", ".work": work, ".talk": talk }),
      !talk.isOver && !parked && this.#actions(),
    );
  }

  #since() {
    const { contact } = this.#talk;
    const [words, moment] =
      contact.state === "parked" ? ["parked_for", contact.parked_at] : this.#talk.isOver ? ["over_for", contact.ended_at] : ["talks_for", contact.assigned_at];
    return h("span", { class: "nowrap" }, t(words), " ", h("cr-clock", { ".since": moment }));
  }

  /** Until when the customer must have an answer, where he waits for one. */
  #replyClock() {
    const { contact } = this.#talk;
    const limit = this.work.operation.media[contact.medium]?.reply_s;
    if (contact.state !== "assigned" || contact.asked_at === null) return null;
    const late = limit && clock.now() - Date.parse(contact.asked_at) > limit * 500;
    return h("p", { key: "reply", class: `reply-clock small ${late ? "late" : ""}` }, icon("reply"), t("waits_for_answer"), h("cr-clock", { ".since": contact.asked_at }));
  }

  #actions() {
    const { work } = this;
    const talk = this.#talk;
    const off = !work.isConnected;
    const unanswered = talk.contact.answered_at === null;
    return h(
      "footer",
      { key: "actions", class: "pane-actions" },
      h("button", { type: "button", class: "button", disabled: off, onclick: () => transfer(work, talk) }, icon("transfer"), h("span", {}, t("transfer"))),
      !talk.isVoice && h("button", { type: "button", class: "button", disabled: off || unanswered, title: t(unanswered ? "park_first" : "park_hint"), onclick: () => park(work, talk) }, icon("park"), h("span", {}, t("park"))),
      h("span", { class: "spring" }),
      h("button", { type: "button", class: "button", disabled: off, onclick: () => finish(work, talk) }, icon("check"), h("span", {}, t("complete")), work.focus === talk.id && h("kbd", { "aria-hidden": "true" }, "F8")),
    );
  }

  #parked() {
    const { work } = this;
    return h(
      "footer",
      { key: "parked", class: "pane-actions" },
      h("p", { class: "small soft" }, t("parked_hint")),
      h("span", { class: "spring" }),
      h("button", { type: "button", class: "button", disabled: !work.isConnected, onclick: () => finish(work, this.#talk) }, icon("check"), t("complete")),
      h("button", { type: "button", class: "button main", disabled: !work.isConnected, onclick: () => resume(work, this.#talk) }, icon("play"), t("resume")),
    );
  }

  /** It is over: how did it go? Until when he has time for that. */
  #over() {
    const { work } = this;
    const talk = this.#talk;
    const { dispositions } = work.operation;
    return h(
      "footer",
      { key: "over", class: "pane-over" },
      h("p", { class: "line" }, h("strong", {}, t(`ended_by_${talk.contact.ended_by ?? "system"}`)), h("span", { class: "soft" }, t("how_did_it_go"))),
      h(
        "div",
        { class: "dispositions" },
        dispositions.map((name) =>
          h("button", { key: name, type: "button", class: "button", disabled: !work.isConnected, onclick: () => work.complete(talk, name) }, label(work.operation, "dispositions", name)),
        ),
        h("button", { type: "button", class: "button plain", onclick: () => work.drop(talk.id) }, t("say_nothing")),
      ),
      work.agent.wrap_up_until &&
        h(
          "p",
          { class: "line wrap-up" },
          icon("clock"),
          h("span", {}, t("wrap_up_left"), " ", h("cr-clock", { ".until": work.agent.wrap_up_until })),
          h("button", { type: "button", class: "button end", disabled: !work.isConnected, onclick: () => work.ready() }, t("ready_now")),
        ),
    );
  }
}

define("cr-pane", Pane);
