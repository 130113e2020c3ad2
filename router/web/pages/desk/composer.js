// Where the agent writes: to the customer, or a note that only colleagues see.

import { ask } from "/pages/shared/dialog.js";
import { Part, define, h } from "/pages/shared/dom.js";
import { icon } from "/pages/shared/icons.js";
import { settings } from "/pages/shared/settings.js";
import { t } from "/pages/shared/words.js";
import { quickReplies } from "/pages/desk/facts.js";

const TYPING_EVERY_MS = 3_000;
const TEXT_MAX = 16_384;
const ROWS_MAX = 8;
const KINDS = { image: /\.(png|jpe?g|gif|webp)$/i, audio: /\.(mp3|ogg|m4a|wav)$/i, video: /\.(mp4|mov|webm)$/i };

class Composer extends Part {
  work = null;
  talk = null;
  /** Which of the quick replies is chosen, while they are open. */
  #chosen = null;
  #typedAt = 0;

  watches() {
    return [this.work, settings];
  }

  view() {
    const { talk } = this;
    const { kept } = talk;
    const note = this.#isNote;
    const words = t(talk.isVoice ? "write_call_note" : note ? "write_note" : "write_message");
    const replies = this.#replies();
    const open = this.#chosen !== null && replies.length > 0;
    return h(
      "form",
      { class: `composer ${note && !talk.isVoice ? "noting" : ""}`, onsubmit: (event) => this.#submit(event) },
      open && this.#list(replies),
      h("textarea", {
        key: "text",
        rows: 1,
        maxlength: TEXT_MAX,
        ".value": kept.draft,
        "aria-label": words,
        placeholder: words,
        "aria-autocomplete": "list",
        "aria-haspopup": "listbox",
        "aria-controls": open ? `replies-${talk.id}` : null,
        "aria-activedescendant": open ? `reply-${talk.id}-${this.#chosen}` : null,
        oninput: (event) => this.#type(event.target),
        onkeydown: (event) => this.#key(event),
        onblur: () => this.#close(),
      }),
      h(
        "div",
        { key: "tools", class: "tools" },
        !talk.isVoice && this.#tool("bolt", t("quick_replies"), () => this.#open(), { "aria-expanded": String(open), disabled: replies.length === 0 && !open && !this.#all.length }),
        !talk.isVoice && this.#tool("clip", t("attach"), () => this.#attach(), { disabled: note }),
        !talk.isVoice && this.#tool("note", t("note"), () => this.#note(), { "aria-pressed": String(note) }),
        h("span", { class: "spring" }),
        h("button", { type: "submit", class: "button main", disabled: kept.draft.trim() === "" }, icon(note ? "note" : "send"), h("span", {}, t(note ? "save_note" : "send"))),
      ),
    );
  }

  drawn() {
    const area = this.querySelector("textarea");
    area.style.setProperty("height", "auto");
    const line = Number.parseFloat(getComputedStyle(area).lineHeight);
    area.style.setProperty("height", `${Math.min(area.scrollHeight + 2, line * ROWS_MAX)}px`);
    this.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }

  /** In a call there is nobody to write to. */
  get #isNote() {
    return this.talk.kept.note || this.talk.isVoice;
  }

  get #all() {
    return quickReplies(this.work, this.talk.contact);
  }

  /** Those that fit what stands behind the slash. */
  #replies() {
    if (this.#chosen === null) return [];
    const { draft } = this.talk.kept;
    const wanted = draft.startsWith("/") ? draft.slice(1).trim().toLowerCase() : "";
    return this.#all.filter(({ name, text }) => `${name} ${text}`.toLowerCase().includes(wanted));
  }

  #list(replies) {
    return h(
      "ul",
      { key: "replies", id: `replies-${this.talk.id}`, class: "replies card", role: "listbox", "aria-label": t("quick_replies") },
      replies.map(({ name, text }, place) =>
        h(
          "li",
          {
            key: name,
            id: `reply-${this.talk.id}-${place}`,
            class: "choice",
            role: "option",
            "aria-selected": String(place === this.#chosen),
            onpointerdown: (event) => (event.preventDefault(), this.#take(text)),
          },
          h("strong", {}, `/${name}`),
          h("span", { class: "soft" }, text),
        ),
      ),
    );
  }

  #tool(picture, name, action, more) {
    return h("button", { key: picture, type: "button", class: "button plain square", "aria-label": name, title: name, onpointerdown: (event) => event.preventDefault(), onclick: action, ...more }, icon(picture));
  }

  #type(area) {
    const { talk } = this;
    talk.kept.draft = area.value;
    talk.keep();
    if (area.value.startsWith("/") && !this.#isNote) this.#chosen ??= 0;
    else this.#chosen = null;
    if (this.work.isConnected && !this.#isNote && this.#chosen === null && Date.now() - this.#typedAt > TYPING_EVERY_MS) {
      this.#typedAt = Date.now();
      this.work.live.ask("typing", { contact: talk.id }, { once: false }).catch(() => {});
    }
    this.update();
  }

  #key(event) {
    // A fast hand is ahead of what is drawn.
    const replies = this.#replies();
    if (this.#chosen !== null && replies.length > 0) {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) {
        event.preventDefault();
        this.#chosen = (this.#chosen + step + replies.length) % replies.length;
        this.update();
        return;
      }
      if (event.key === "Enter" || event.key === "Tab") {
        event.preventDefault();
        this.#take(replies[Math.min(this.#chosen, replies.length - 1)].text);
        return;
      }
    }
    if (event.key === "Escape") this.#close();
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      this.#send();
    }
  }

  #take(text) {
    const { kept } = this.talk;
    kept.draft = kept.draft.startsWith("/") || kept.draft === "" ? text : `${kept.draft.trimEnd()} ${text}`;
    this.#chosen = null;
    this.talk.keep();
    this.update();
    this.querySelector("textarea").focus();
  }

  #open() {
    this.#chosen = this.#chosen === null ? 0 : null;
    this.querySelector("textarea").focus();
    this.update();
  }

  #close() {
    if (this.#chosen === null) return;
    this.#chosen = null;
    this.update();
  }

  #note() {
    this.talk.kept.note = !this.talk.kept.note;
    this.talk.keep();
    this.update();
    this.querySelector("textarea").focus();
  }

  /** A file goes by its address: whoever sends it to the customer fetches it there. */
  async #attach() {
    const said = await ask({
      title: t("attach"),
      action: t("send"),
      body: () => [
        h("label", { class: "field" }, h("span", {}, t("attach_url")), h("input", { name: "url", type: "url", required: true, maxlength: 2000, pattern: "https?://.+", autofocus: true, placeholder: "https://" })),
        h("label", { class: "field" }, h("span", {}, t("attach_name")), h("input", { name: "name", maxlength: 500 })),
        h("p", { class: "small soft" }, t("attach_hint")),
      ],
    });
    if (said === null) return;
    const path = new URL(said.url).pathname;
    const kind = Object.keys(KINDS).find((one) => KINDS[one].test(path)) ?? "document";
    this.talk.say({ attachments: [{ kind, url: said.url, name: said.name.trim() || decodeURIComponent(path.split("/").at(-1)) || null }] });
  }

  #submit(event) {
    event.preventDefault();
    this.#send();
  }

  #send() {
    const { talk } = this;
    const text = talk.kept.draft.trim();
    if (text === "") return;
    talk.kept.draft = "";
    const note = this.#isNote;
    talk.kept.note = false;
    talk.say({ text, note });
    this.update();
  }
}

define("cr-composer", Composer);
