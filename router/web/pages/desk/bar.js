// The bar above all: the agent and his presence, his day so far, the connection, and what he has chosen for this browser.

import { groupName, looks, wayOut } from "/pages/shared/choices.js";
import { Part, define, h } from "/pages/shared/dom.js";
import { ask, choice } from "/pages/shared/dialog.js";
import { lengthOf, numberOf, percentOf } from "/pages/shared/format.js";
import { icon } from "/pages/shared/icons.js";
import { settings } from "/pages/shared/settings.js";
import { label, t } from "/pages/shared/words.js";
import { showKeys } from "/pages/desk/keys.js";

class Bar extends Part {
  work = null;

  watches() {
    return [this.work, settings];
  }

  view() {
    const { work } = this;
    return h(
      "header",
      { class: "bar" },
      h("h1", { class: "brand" }, h("img", { src: "/pages/shared/icon.svg", alt: "" }), h("span", { class: "cut" }, t("title"))),
      work.agent && [this.#presence(), this.#device(), this.#state(), h("div", { class: "spring" }), this.#today()],
      !work.agent && h("div", { class: "spring" }),
      this.#settings(),
    );
  }

  #presence() {
    const { agent, operation } = this.work;
    const chosen = agent.presence === "break" && agent.reason ? label(operation, "breaks", agent.reason) : t(`presence_${agent.presence}`);
    const next = agent.next && t("then", { what: this.#words(agent.next) });
    return h("cr-menu", {
      key: "presence",
      class: "presence",
      ".shows": {
        look: `button ${agent.presence}`,
        face: [
          h("span", { class: `dot ${agent.presence === "available" ? "idle" : agent.presence}` }),
          h("span", { class: "who" }, h("strong", { class: "cut" }, agent.name), h("span", { class: "small soft cut" }, chosen, next && ` · ${next}`)),
          h("span", { class: "unseen" }, t("change_presence")),
          icon("down"),
        ],
        items: (close) => this.#choices(close),
      },
    });
  }

  #words({ presence, reason }) {
    return presence === "break" && reason ? label(this.work.operation, "breaks", reason) : t(`presence_${presence}`);
  }

  /** Each presence, and each reason for a break; while he has something to do a break may also begin after it. */
  #choices(close) {
    const { agent, operation } = this.work;
    const take = (presence, more) => () => {
      close();
      this.work.present(presence, more);
    };
    const is = (presence, reason) => agent.presence === presence && (reason === undefined || agent.reason === reason);
    const later = agent.load > 0 || agent.state === "reserved";
    const reasons = operation.breaks.length ? operation.breaks : [null];
    return [
      choice({ checked: is("available"), onclick: take("available") }, h("span", { class: "dot idle" }), t("presence_available")),
      groupName(t("presence_break")),
      reasons.map((reason) =>
        choice(
          { key: reason ?? "", checked: is("break", reason), onclick: take("break", { reason }) },
          h("span", { class: "dot break" }),
          reason === null ? t("presence_break") : label(operation, "breaks", reason),
        ),
      ),
      later && groupName(t("after_contact")),
      later &&
        reasons.map((reason) =>
          choice(
            { key: `later ${reason ?? ""}`, onclick: take("break", { reason, later: true }) },
            icon("clock"),
            reason === null ? t("presence_break") : label(operation, "breaks", reason),
          ),
        ),
      later && choice({ key: "later offline", onclick: take("offline", { later: true }) }, icon("clock"), t("presence_offline")),
      groupName(t("end_of_day")),
      choice({ checked: is("offline"), onclick: take("offline") }, h("span", { class: "dot offline" }), t("presence_offline")),
    ];
  }

  #device() {
    const { agent } = this.work;
    if (!agent.media.includes("voice")) return null;
    const state = agent.device?.state;
    const lost = state === "unreachable";
    return h(
      "button",
      {
        key: "device",
        type: "button",
        class: `button plain device ${lost ? "lost" : ""}`,
        "aria-label": t("phone_is", { address: agent.device?.address ?? t("phone_none"), state: state ? t(`device_${state}`) : "" }),
        title: t("phone_hint"),
        onclick: () => this.#choosePhone(),
      },
      icon("phone"),
      h("span", { class: "cut" }, agent.device?.address ?? t("phone_none")),
      lost && h("span", { class: "badge bad" }, t("device_unreachable")),
    );
  }

  async #choosePhone() {
    const { agent } = this.work;
    const said = await ask({
      title: t("phone_choose"),
      action: t("save"),
      body: () =>
        h(
          "label",
          { class: "field" },
          h("span", {}, t("phone_address")),
          h("input", { name: "address", ".defaultValue": agent.device?.address ?? "", required: true, maxlength: 100, autofocus: true, placeholder: "PJSIP/1001" }),
        ),
    });
    if (said !== null) this.work.present(agent.presence, { reason: agent.reason, device: said.address.trim() });
  }

  /** What the router makes of it: ready, busy, not responding … since when. */
  #state() {
    const { agent, isConnected } = this.work;
    if (!isConnected) return h("p", { key: "state", class: "badge bad state", role: "status" }, icon("alert"), t("connecting"));
    if (agent.unresponsive) {
      return h(
        "button",
        { key: "state", type: "button", class: "button bad", onclick: () => this.work.ready() },
        icon("alert"),
        t("here_again"),
      );
    }
    return h(
      "p",
      { key: "state", class: "state", role: "status" },
      h("span", { class: `dot ${agent.state}` }),
      h("span", {}, t(`state_${agent.state}`)),
      h("cr-clock", { class: "soft", ".since": agent.since }),
    );
  }

  #today() {
    const day = this.work.today?.day;
    if (!day) return null;
    const figures = [
      ["today_talks", numberOf(day.talks)],
      ["today_handle", lengthOf(day.average_handle_s)],
      ["today_occupancy", percentOf(day.occupancy)],
      ["today_fives", day.ratings ? percentOf(day.fives_share) : "–"],
      ["today_signed_in", lengthOf(day.signed_in_s)],
    ];
    return h(
      "dl",
      { key: "today", class: "today", "aria-label": t("today") },
      figures.map(([name, value]) =>
        h("div", { key: name, title: t(`${name}_hint`) }, h("dt", {}, t(name)), h("dd", {}, value)),
      ),
    );
  }

  #settings() {
    const choose = (name, value) => () => settings.choose(name, value);
    return h("cr-menu", {
      key: "settings",
      ".shows": {
        name: t("settings"),
        look: "button plain square",
        face: icon("more"),
        items: (close) => [
          looks(),
          groupName(t("alerting")),
          choice(
            { key: "sound", onclick: choose("sound", settings.sound ? "off" : "on") },
            icon(settings.sound ? "bell" : "quiet"),
            t(settings.sound ? "sound_on" : "sound_off"),
          ),
          window.Notification?.permission === "default" &&
            choice({ key: "notify", onclick: () => Notification.requestPermission().then(() => this.update()) }, icon("info"), t("notify_me")),
          choice({ key: "keys", onclick: () => (close(), showKeys()) }, icon("keyboard"), t("keys")),
          wayOut(),
        ],
      },
    });
  }
}

define("cr-bar", Bar);
