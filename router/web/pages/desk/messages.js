// What was said in a conversation. However long it is, only a part of it is in the page: the part that is looked at.

import { Part, define, h } from "/pages/shared/dom.js";
import { dayOf, exactTimeOf, sizeOf, timeOf } from "/pages/shared/format.js";
import { icon } from "/pages/shared/icons.js";
import { settings } from "/pages/shared/settings.js";
import { hasWords, t } from "/pages/shared/words.js";

/** So many messages are in the page at most, and so many come or go at once. */
const SHOWN = 120;
const STEP = 60;
/** So near to an end more are fetched. */
const NEAR_PX = 600;
const AT_END_PX = 40;

const STATES = { queued: "clock", sending: "clock", sent: "check", delivered: "checks", read: "checks", failed: "alert" };

class Messages extends Part {
  work = null;
  #talk = null;
  /** Behind which of the messages that are here what is shown ends; null follows the newest. */
  #until = null;
  #holds = null;
  /** Whether the newest is in sight; what comes then keeps it so, also a picture that has grown. */
  #follows = true;
  #stayed = null;

  get talk() {
    return this.#talk;
  }

  set talk(talk) {
    if (this.#talk !== talk) {
      this.#until = null;
      this.#follows = true;
    }
    this.#talk = talk;
    this.update();
  }

  watches() {
    return [this.work, settings];
  }

  connectedCallback() {
    this.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    super.connectedCallback();
    const sizes = new ResizeObserver(() => this.#follow());
    sizes.observe(this);
    sizes.observe(this.firstElementChild);
  }

  draw() {
    this.#stayed = this.#follows ? null : this.#firstSeen();
    super.draw();
  }

  /** Follow the newest where it was seen before; else what is read stays where it is. */
  drawn() {
    this.#follow();
    if (this.#stayed?.node.isConnected) this.scrollTop += this.#stayed.node.offsetTop - this.#stayed.top;
  }

  view() {
    const talk = this.#talk;
    if (!talk) return [];
    const said = talk.said;
    const end = this.#until ?? said.length;
    const shown = said.slice(Math.max(0, end - SHOWN), end);
    return h(
      "ol",
      {},
      talk.hasOlder && shown[0]?.n === talk.first && h("li", { key: "older", class: "day" }, t("loading")),
      shown.map((message, place) => [this.#day(message, shown[place - 1]), this.#message(message, shown[place - 1])]),
      end === said.length && talk.kept.outbox.map((item) => this.#unsent(item)),
      end === said.length && talk.isTyping && h("li", { key: "typing", class: "typing" }, h("span"), h("span"), h("span"), h("span", { class: "unseen" }, t("is_typing"))),
    );
  }

  #day(message, before) {
    const day = dayOf(message.sent_at);
    if (before && dayOf(before.sent_at) === day) return null;
    return h("li", { key: `day ${message.n}`, class: "day" }, h("span", { class: "badge" }, day));
  }

  #message(message, before) {
    const side = message.direction;
    const automatic = side === "out" && message.author.role === "system";
    const goesOn = before && before.direction === message.direction && Date.parse(message.sent_at) - Date.parse(before.sent_at) < 120_000;
    return h(
      "li",
      { key: message.n, class: `message ${side} ${goesOn ? "goes-on" : ""} ${automatic ? "automatic" : ""}`, "data-n": message.n },
      h(
        "div",
        { class: "bubble" },
        side === "note" && h("p", { class: "small by" }, icon("note"), t("note_of", { who: message.author.id ?? "" })),
        this.#said(message),
        h(
          "p",
          { class: "foot" },
          automatic && h("span", {}, t("automatic")),
          message.edited_at && h("span", {}, t("edited")),
          h("time", { datetime: message.sent_at, title: exactTimeOf(message.sent_at) }, timeOf(message.sent_at)),
          message.direction === "out" && stateOf(message),
        ),
        message.state === "failed" && h("p", { class: "failed" }, icon("alert"), failureOf(message.code)),
      ),
    );
  }

  #said(message) {
    if (message.deleted_at) return h("p", { class: "soft" }, t("deleted"));
    return [
      message.attachments.map((one, place) => h("div", { key: `a${place}`, class: "attached" }, attachment(one))),
      message.text && h("p", { class: "text" }, message.text),
      !message.text && message.attachments.length === 0 && h("p", { class: "soft" }, kindOf(message.kind)),
    ];
  }

  #unsent(item) {
    const talk = this.#talk;
    return h(
      "li",
      { key: `out ${item.client_id}`, class: `message ${item.note ? "note" : "out"} unsent` },
      h(
        "div",
        { class: "bubble" },
        item.attachments.map((one, place) => h("div", { key: `a${place}`, class: "attached" }, attachment(one))),
        item.text && h("p", { class: "text" }, item.text),
        item.problem
          ? h(
              "p",
              { class: "failed" },
              icon("alert"),
              item.problem,
              h("button", { type: "button", class: "link", onclick: () => talk.sendOut(item) }, t("send_again")),
              h("button", { type: "button", class: "link", onclick: () => talk.takeBack(item) }, t("take_back")),
            )
          : h("p", { class: "foot" }, icon("clock"), h("span", { class: "unseen" }, t("message_unsent"))),
      ),
    );
  }

  #follow() {
    if (this.#follows) this.scrollTop = this.scrollHeight;
  }

  /** The first message in sight, and where it is. */
  #firstSeen() {
    const top = this.getBoundingClientRect().top;
    for (const node of this.querySelectorAll(".message[data-n]")) {
      if (node.getBoundingClientRect().bottom > top) return { node, top: node.offsetTop };
    }
    return null;
  }

  #scrolled() {
    const talk = this.#talk;
    const left = this.scrollHeight - this.scrollTop - this.clientHeight;
    this.#follows = this.#until === null && left < AT_END_PX;
    const length = talk.said.length;
    const end = this.#until ?? length;
    if (this.scrollTop < NEAR_PX) {
      if (end > SHOWN) this.#show(Math.max(SHOWN, end - STEP));
      else if (talk.hasOlder && !this.#holds) this.#fetch(talk, length);
    } else if (this.#until !== null && left < NEAR_PX) {
      this.#show(end + STEP >= length ? null : end + STEP);
    }
  }

  async #fetch(talk, before) {
    const end = this.#until ?? before;
    this.#holds = talk.older().catch(() => {});
    await this.#holds;
    this.#holds = null;
    // What came before has moved everything on.
    const came = talk.said.length - before;
    if (came > 0) this.#show(Math.min(Math.max(SHOWN, end + came - STEP), talk.said.length));
  }

  #show(until) {
    this.#until = until;
    this.update();
  }
}

/** How far a message has come. */
function stateOf(message) {
  return h("span", { class: `way ${message.state}`, role: "img", "aria-label": t(`message_${message.state}`), title: t(`message_${message.state}`) }, icon(STATES[message.state]));
}

function failureOf(code) {
  return hasWords(`failed_${code}`) ? t(`failed_${code}`) : t("failed", { code: code ?? "–" });
}

function kindOf(kind) {
  return hasWords(`kind_${kind}`) ? t(`kind_${kind}`) : kind;
}

/** A file of a message, as far as it can be shown here. */
function attachment({ kind, name, mime, bytes, url, unavailable }) {
  const called = name ?? kindOf(kind);
  if (unavailable || !url) return h("p", { class: "file" }, icon("file"), h("span", {}, called, " ", h("span", { class: "soft" }, t(`unavailable_${unavailable ?? "unfetchable"}`))));
  const safe = /^https?:\/\//.test(url);
  if (!safe) return h("p", { class: "file" }, icon("file"), called);
  const link = { href: url, target: "_blank", rel: "noopener noreferrer" };
  if (kind === "image" || kind === "sticker") {
    return h("a", { ...link, class: "picture" }, h("img", { src: url, alt: called, loading: "lazy" }));
  }
  if (kind === "audio" || kind === "voice") return h("audio", { src: url, controls: true, preload: "none", "aria-label": called });
  if (kind === "video" || kind === "animation") return h("video", { src: url, controls: true, preload: "none", "aria-label": called });
  return h("a", { ...link, class: "file" }, icon("file"), h("span", { class: "cut" }, called), h("span", { class: "soft small" }, sizeOf(bytes), mime && !bytes ? mime : ""));
}

/** A message in one line. */
export function previewOf(message) {
  const text = message.deleted_at ? t("deleted") : (message.text ?? (message.attachments[0] ? kindOf(message.attachments[0].kind) : kindOf(message.kind)));
  if (message.direction === "note") return `${t("note")}: ${text}`;
  return message.direction === "out" ? `${t("you")}: ${text}` : text;
}

/** A list of messages that only is to be read. */
export function transcript(messages) {
  return h(
    "ol",
    { class: "transcript" },
    messages.map((message) =>
      h(
        "li",
        { key: message.n, class: `message ${message.direction}` },
        h("div", { class: "bubble" }, h("p", { class: "text" }, message.deleted_at ? t("deleted") : (message.text ?? previewOf(message))), h("p", { class: "foot" }, h("time", { datetime: message.sent_at }, timeOf(message.sent_at)))),
      ),
    ),
  );
}

define("cr-messages", Messages);
