// A call: it is answered at the agent's phone; here is how it stands, and what the channel can do with it.

import { Part, define, h } from "/pages/shared/dom.js";
import { clockOf } from "/pages/shared/format.js";
import { icon } from "/pages/shared/icons.js";
import { settings } from "/pages/shared/settings.js";
import { t } from "/pages/shared/words.js";
import { dial, keypad } from "/pages/desk/actions.js";

class Call extends Part {
  work = null;
  talk = null;

  watches() {
    return [this.work, settings];
  }

  view() {
    const { contact } = this.talk;
    const conditions = this.talk.conditions;
    return h(
      "section",
      { class: "call", "aria-label": t("call_state") },
      h(
        "div",
        { class: "call-state", role: "status" },
        h("strong", {}, this.#words(conditions)),
        contact.connect?.device && contact.answered_at === null && h("span", { class: "soft small" }, t("answer_at", { address: contact.connect.device })),
        conditions.muted && h("span", { class: "badge fair" }, icon("mute"), t("muted")),
        conditions.unrecorded && h("span", { class: "badge" }, icon("record"), t("unrecorded")),
      ),
      h("div", { class: "call-clock" }, this.#clock()),
      contact.state === "assigned" && contact.answered_at !== null && this.#controls(conditions),
    );
  }

  #words({ held, consulting }) {
    const { contact } = this.talk;
    if (this.talk.isOver) return t("call_over");
    if (contact.answered_at === null) return t("call_connecting");
    if (consulting) return t("call_consulting");
    return t(held ? "call_held" : "call_talking");
  }

  #clock() {
    const { contact } = this.talk;
    if (contact.answered_at === null && contact.connect?.until) return h("cr-clock", { key: "until", ".until": contact.connect.until });
    if (contact.answered_at === null) return null;
    if (this.talk.isOver) return clockOf(Date.parse(contact.ended_at) - Date.parse(contact.answered_at));
    return h("cr-clock", { key: "since", ".since": contact.answered_at });
  }

  /** What can be done: what the channel says that it can. */
  #controls({ held, muted, unrecorded, consulting, asked }) {
    const { work, talk } = this;
    const does = (command) => () => work.command(talk, command);
    const buttons = [
      held ? ["resume", "play", does("resume"), true] : ["hold", "pause", does("hold")],
      muted ? ["unmute", "mute", does("unmute"), true] : ["mute", "mic", does("mute")],
      ["digits", "keypad", () => keypad(work, talk)],
      ...(consulting
        ? [
            ["complete_consult", "check", does("complete_consult")],
            ["cancel_consult", "close", does("cancel_consult")],
          ]
        : [["consult", "people", () => dial(work, talk, "consult")]]),
      ["transfer", "transfer", () => dial(work, talk, "transfer")],
      unrecorded ? ["resume_recording", "record", does("resume_recording"), true] : ["pause_recording", "record", does("pause_recording")],
    ];
    const can = work.can(talk.contact);
    return h(
      "div",
      { class: "controls", role: "toolbar", "aria-label": t("call_controls") },
      buttons
        .filter(([command]) => can.includes(command))
        .map(([command, picture, action, pressed = false]) =>
          h(
            "button",
            { key: command, type: "button", class: `control ${pressed ? "on" : ""}`, disabled: !work.isConnected || asked.has(command), onclick: action },
            icon(picture),
            h("span", {}, t(`do_${command}`)),
          ),
        ),
    );
  }
}

define("cr-call", Call);
