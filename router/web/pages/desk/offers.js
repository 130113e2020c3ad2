// What is offered: who it is, why, how long he has waited and how long the agent may think.

import { Part, define, h } from "/pages/shared/dom.js";
import { clock } from "/pages/shared/clock.js";
import { icon, channelIcon } from "/pages/shared/icons.js";
import { settings } from "/pages/shared/settings.js";
import { label, t } from "/pages/shared/words.js";
import { attributesOf, customerType, needsOf } from "/pages/desk/facts.js";

class Offers extends Part {
  work = null;

  watches() {
    return [this.work, settings];
  }

  view() {
    const offers = [...this.work.offers.values()];
    return [
      h("p", { class: "unseen", "aria-live": "assertive" }, offers.map((offer) => t("offer_said", { who: this.work.nameOf(offer.contact) })).join(". ")),
      offers.map((offer, place) => this.#offer(offer, place === 0)),
    ];
  }

  #offer(offer, first) {
    const { work } = this;
    const { contact } = offer;
    const isCall = offer.medium === "voice";
    const atPhone = isCall && work.agent.at_phone;
    return h(
      "section",
      { key: offer.id, class: "offer", "aria-label": t(isCall ? "offer_of_call" : "offer_of_chat"), "data-offer": offer.id },
      h("div", { class: "offer-icon" }, channelIcon(contact.channel, contact.medium)),
      h(
        "div",
        { class: "offer-who" },
        h("p", { class: "small soft" }, t(isCall ? "offer_of_call" : "offer_of_chat"), " · ", label(work.operation, "channels", contact.channel)),
        h("h2", {}, h("span", { class: "cut" }, work.nameOf(contact)), customerType(contact)),
        h(
          "ul",
          { class: "facts" },
          h("li", {}, icon("people"), label(work.operation, "queues", offer.queue)),
          h("li", {}, icon("clock"), t("has_waited"), " ", h("cr-clock", { ".since": offer.waitsSince })),
          needsOf(work, contact).map(({ key, words }) => h("li", { key }, icon("shield"), words)),
          attributesOf(contact).slice(0, 3).map(([name, value]) => h("li", { key: `a ${name}` }, h("span", { class: "soft" }, name), " ", value)),
        ),
        h("p", { class: "small soft why" }, whyOf(work, offer)),
      ),
      h(
        "div",
        { class: "offer-act" },
        h("cr-countdown", { ".offer": offer }),
        atPhone
          ? h("p", { class: "ringing" }, icon("phone"), t("rings_at", { address: work.agent.device?.address ?? "" }))
          : h(
              "button",
              { type: "button", class: "button good big", disabled: !work.isConnected, onclick: () => work.accept(offer) },
              t("accept"),
              first && h("kbd", { "aria-hidden": "true" }, "F2"),
            ),
        h(
          "button",
          { type: "button", class: "button big", disabled: !work.isConnected, onclick: () => work.decline(offer) },
          t("decline"),
          first && h("kbd", { "aria-hidden": "true" }, "F4"),
        ),
      ),
    );
  }
}

/** Why this contact came to this agent, in a sentence. */
function whyOf(work, { why, queue }) {
  const words = [t("why_queue", { queue: label(work.operation, "queues", queue) })];
  if (why.last_agent) words.push(t("why_last_agent"));
  else if (why.candidates > 1) words.push(t("why_of", { n: why.candidates, mode: t(`mode_${why.mode}`) }));
  else words.push(t("why_only"));
  if (why.ratio !== null && why.ratio >= 1) words.push(t("why_late", { times: why.ratio.toFixed(1) }));
  if (why.step > 0) words.push(t("why_step"));
  return words.join(" · ");
}

/** How much of the offer's time is left: a bar, and seconds. */
class Countdown extends Part {
  #offer = null;
  #timer = 0;

  get offer() {
    return this.#offer;
  }

  set offer(offer) {
    this.#offer = offer;
    this.update();
  }

  connectedCallback() {
    this.#timer = setInterval(() => this.draw(), 250);
    super.connectedCallback();
  }

  disconnectedCallback() {
    clearInterval(this.#timer);
    super.disconnectedCallback();
  }

  view() {
    const offer = this.#offer;
    if (!offer) return [];
    const left = offer.expires_at === null ? offer.limit_s * 1000 : Math.max(0, Date.parse(offer.expires_at) - clock.now());
    const share = Math.min(1, left / (offer.limit_s * 1000));
    return [
      h("span", { class: "left", role: "timer", "aria-label": t("time_left") }, t("seconds", { n: Math.ceil(left / 1000) })),
      h("span", { class: `track ${share < 0.35 ? "late" : ""}`, "aria-hidden": "true" }, h("span", { style: { width: `${share * 100}%` } })),
    ];
  }
}

define("cr-countdown", Countdown);
define("cr-offers", Offers);
