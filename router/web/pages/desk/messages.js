// What was said in a conversation. However long it is, only a part of it is in the page: the part that is looked at.

import { Part, define, h } from "/pages/shared/dom.js";
import { dayOf, exactTimeOf, sizeOf, timeOf } from "/pages/shared/format.js";
import { icon } from "/pages/shared/icons.js";
import { settings } from "/pages/shared/settings.js";
import { hasWords, t } from "/pages/shared/words.js";

/** So many messages are in the page at most, and so many come or go at once. */
const SHOWN = 140;
const STEP = 50;
/** So near to an end more are fetched. */
const NEAR_PX = 600;
const AT_END_PX = 40;

const STATES = { queued: "clock", sending: "clock", sent: "check", delivered: "checks", read: "checks", failed: "alert" };

class Messages extends Part {
  work = null;
  #talk = null;
  /** The number of the last message that is shown; null shows the newest, whatever comes. */
  #until = null;
  #shown = [];
  #isFetching = false;
  /** Whether the newest is in sight; what comes then keeps it so, also a picture that has grown. */
  #follows = true;
  #stayed = null;

  get talk() {
    return this.#talk;
  }

  set talk(talk) {
    if (this.#talk === talk) return;
    if (this.#talk) this.#talk.isAtEnd = true;
    this.#talk = talk;
    this.#toEnd();
  }

  watches() {
    return [this.work, settings];
  }

  connectedCallback() {
    this.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    this.addEventListener("keydown", (event) => event.key === "End" && this.#toEnd());
    super.connectedCallback();
    const sizes = new ResizeObserver(() => this.#follow());
    sizes.observe(this);
    sizes.observe(this.firstElementChild);
  }

  draw() {
    this.#stayed = this.#follows ? null : this.#firstSeen();
    // What is looked at stays in the page, however much comes behind it.
    if (this.#until === null && this.#stayed?.place < STEP) this.#until = this.#shown.at(-1).n;
    super.draw();
  }

  disconnectedCallback() {
    this.#talk.isAtEnd = true;
    super.disconnectedCallback();
  }

  /** Follow the newest where it was seen before; else what is read stays where it is. */
  drawn() {
    this.#follow();
    const { node, top, scrolled } = this.#stayed ?? {};
    // Not from where it is scrolled by now: what has become shorter has moved it already.
    if (node?.isConnected) this.scrollTop = scrolled + node.offsetTop - top;
    if (this.#follows) this.#talk?.letGo();
  }

  view() {
    const talk = this.#talk;
    if (!talk) return [];
    const said = talk.said;
    const end = this.#end(said);
    const begin = Math.max(0, end - SHOWN);
    this.#shown = said.slice(begin, end);
    return [this.#list(talk, said[begin - 1], end === said.length), !this.#follows && this.#newest(talk)];
  }

  /** `before` is the message before the first that is shown: whether that one begins anew does not change as one scrolls. */
  #list(talk, before, isNewest) {
    const shown = this.#shown;
    return h(
      "ol",
      {},
      talk.hasOlder && shown[0]?.n === talk.first && h("li", { key: "older", class: "day" }, t("loading")),
      shown.map((message, place) => {
        const last = place === 0 ? before : shown[place - 1];
        return [this.#day(message, last), this.#message(message, last)];
      }),
      isNewest && talk.kept.outbox.map((item) => this.#unsent(item)),
      isNewest && talk.isTyping && h("li", { key: "typing", class: "typing" }, h("span"), h("span"), h("span"), h("span", { class: "unseen" }, t("is_typing"))),
    );
  }

  /** Back to the newest, and how much of it he has not seen. */
  #newest(talk) {
    return h(
      "button",
      { key: "newest", type: "button", class: "button to-newest", "aria-label": t("to_newest"), title: t("to_newest"), onclick: () => this.#toEnd() },
      icon("down"),
      talk.unread > 0 && h("span", { class: "badge count" }, talk.unread),
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
        side === "note" && h("p", { class: "small by" }, icon("note"), t("note_of", { who: this.work.operation.agents[message.author.id] ?? message.author.id ?? "" })),
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

  #look(atEnd) {
    if (this.#follows === atEnd) return;
    this.#follows = atEnd;
    this.#talk.isAtEnd = atEnd;
    this.work.changed();
  }

  /** The first message in sight, which of those in the page it is, and where. */
  #firstSeen() {
    const top = this.getBoundingClientRect().top;
    const nodes = [...this.querySelectorAll(".message[data-n]")];
    const place = nodes.findIndex((node) => node.getBoundingClientRect().bottom > top);
    return place < 0 ? null : { node: nodes[place], place, top: nodes[place].offsetTop, scrolled: this.scrollTop };
  }

  /** How many of the messages that are here stand before the end of what is shown. */
  #end(said) {
    return this.#until === null ? said.length : said.findLastIndex(({ n }) => n <= this.#until) + 1;
  }

  #scrolled() {
    const talk = this.#talk;
    const left = this.scrollHeight - this.scrollTop - this.clientHeight;
    this.#look(this.#until === null && left < AT_END_PX);
    const { said } = talk;
    const end = this.#end(said);
    if (this.scrollTop < NEAR_PX) {
      if (end > SHOWN) this.#show(said, end - STEP);
      else if (talk.hasOlder) this.#fetch(talk);
    } else if (this.#until !== null && left < NEAR_PX) {
      this.#show(said, end + STEP);
    }
  }

  /** Older messages; where they do not come, the next scroll asks for them again. */
  async #fetch(talk) {
    if (this.#isFetching) return;
    this.#isFetching = true;
    const came = await talk.older().then(() => true, () => false);
    this.#isFetching = false;
    if (came && talk === this.#talk) this.#scrolled();
  }

  /** Show those that stand before the one at `end`. */
  #show(said, end) {
    this.#until = end >= said.length ? null : said[Math.max(SHOWN, end) - 1].n;
    this.update();
  }

  #toEnd() {
    this.#until = null;
    this.#look(true);
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
