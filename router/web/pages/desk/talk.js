// One contact of the agent: what is known of it, what was said in it, what he is writing.

import { Away, newKey } from "/pages/shared/api.js";
import { textOf } from "/pages/shared/notices.js";

export const PAGE = 100;
/** So many messages stay when nobody looks at older ones. */
const KEPT = 400;
const TYPING_SHOWN_MS = 5_000;

/** Commands that make and end a condition of a call. */
const TOGGLES = {
  hold: ["held", true],
  resume: ["held", false],
  mute: ["muted", true],
  unmute: ["muted", false],
  pause_recording: ["unrecorded", true],
  resume_recording: ["unrecorded", false],
  consult: ["consulting", true],
  cancel_consult: ["consulting", false],
  complete_consult: ["consulting", false],
};

export class Talk {
  #work;
  #loading = null;
  #said = null;
  /** Numbers of messages that may have changed since they came: the connection was lost meanwhile. */
  #stale = new Set();
  #isSending = false;
  contact;
  messages = new Map();
  /** The number of the first message that is here; those before it are asked for when they are wanted. */
  first = Infinity;
  last = 0;
  commands = new Map();
  typingUntil = 0;
  earlier = null;
  /** Whether the newest message is in sight, where the conversation is. */
  isAtEnd = true;
  /** What this tab keeps, for a reload loses nothing: text and kind of what is being written, what is not sent yet, what was seen. */
  kept = { draft: "", note: false, outbox: [], seen: 0 };

  constructor(work, contact) {
    this.#work = work;
    this.contact = contact;
    this.kept = { ...this.kept, ...JSON.parse(sessionStorage.getItem(`talk ${contact.id}`) ?? "{}") };
    this.last = contact.messages;
  }

  get id() {
    return this.contact.id;
  }

  get isVoice() {
    return this.#work.operation.media[this.contact.medium]?.answered_by === "connected";
  }

  get isOver() {
    return !["assigned", "parked"].includes(this.contact.state);
  }

  get unread() {
    let count = 0;
    for (let n = this.last; n > this.kept.seen; n--) count += this.messages.get(n)?.direction === "in" || !this.messages.has(n);
    return count;
  }

  get isTyping() {
    return this.typingUntil > Date.now();
  }

  /** The messages that are here, in their order. */
  get said() {
    this.#said ??= [...this.messages.values()].sort((one, other) => one.n - other.n);
    return this.#said;
  }

  /** The last thing said, as far as it is here. */
  get latest() {
    return this.messages.get(this.last) ?? null;
  }

  /** Held, muted, unrecorded, consulting: as the commands that were done have left it. */
  get conditions() {
    const found = { held: false, muted: false, unrecorded: false, consulting: false, asked: new Set() };
    for (const command of this.commands.values()) {
      if (command.state === "open") found.asked.add(command.do);
      const toggle = TOGGLES[command.do];
      if (toggle && command.state === "done") found[toggle[0]] = toggle[1];
    }
    return found;
  }

  /** Keep what is here for this tab. */
  keep() {
    sessionStorage.setItem(`talk ${this.id}`, JSON.stringify(this.kept));
  }

  forget() {
    sessionStorage.removeItem(`talk ${this.id}`);
  }

  /** He has lost the contact, perhaps for a moment only: what he wrote and nobody has had waits where he writes. */
  putBy() {
    const unsent = this.kept.outbox.flatMap(({ text, attachments }) => [text, ...attachments.map(({ url }) => url)]);
    this.kept.draft = [...unsent, this.kept.draft].filter(Boolean).join("\n");
    this.kept.outbox = [];
    this.keep();
  }

  /** A message as it stands. What lies between it and the last that is here is asked for. */
  hear(message) {
    const gap = this.isRead && message.n > this.last + 1;
    const before = this.last;
    this.#stale.delete(message.n);
    this.#put([message]);
    if (message.direction === "in") this.typingUntil = 0;
    this.kept.outbox = this.kept.outbox.filter((one) => one.client_id !== message.client_id);
    this.keep();
    if (gap) this.#work.insist(() => this.#ask({ after: before, limit: Math.min(message.n - before, 200) }));
  }

  /** Messages that are here from now on. Those before the first are not: they come when they are asked for. */
  #put(messages) {
    for (const message of messages) {
      if (!this.isRead || message.n >= this.first) this.messages.set(message.n, message);
      this.last = Math.max(this.last, message.n);
    }
    this.#said = null;
  }

  /** Whether the newest messages are here. */
  get isRead() {
    return this.first !== Infinity;
  }

  hearCommand(command) {
    this.commands.set(command.id, command);
  }

  hearTyping() {
    this.typingUntil = Date.now() + TYPING_SHOWN_MS;
    setTimeout(() => this.#work.changed(), TYPING_SHOWN_MS + 50);
  }

  /** Ask for the newest messages, and for commands, anew: what is here may be of before the connection was lost. */
  async begin() {
    this.last = Math.max(this.last, this.contact.messages);
    this.#stale = new Set(this.messages.keys());
    const after = this.isRead ? this.first - 1 : Math.max(0, this.last - PAGE);
    await this.#ask({ after, limit: 200 });
    this.#from(after + 1);
    if (this.isVoice) {
      const { items } = await this.#work.api.get(`/contacts/${this.id}/commands`);
      this.commands = new Map(items.map((command) => [command.id, command]));
    }
    this.#work.changed();
  }

  get hasOlder() {
    return this.first > 1 && this.last > 0;
  }

  /** Ask for the messages before the first that is here. Asked twice at once, it is done once. */
  older() {
    if (!this.isRead || this.first === 1) return Promise.resolve();
    this.#loading ??= this.#older().finally(() => {
      this.#loading = null;
    });
    return this.#loading;
  }

  async #older() {
    const before = this.first;
    const after = Math.max(0, before - 1 - PAGE);
    const path = `/contacts/${this.id}/messages`;
    const { items } = await this.#work.api.get(path, { after, limit: before - 1 - after });
    // Those between have been let go, or are others' by now.
    if (this.first !== before) return;
    this.first = after + 1;
    this.#put(items);
    this.#work.changed();
  }

  /** Let older messages go, when there are many: they are asked for again when they are wanted. */
  letGo() {
    if (this.messages.size > 2 * KEPT) this.#from(this.last - KEPT + 1);
  }

  #from(first) {
    this.first = first;
    for (const n of this.messages.keys()) if (n < first) this.messages.delete(n);
    this.#said = null;
  }

  /** Read messages to the last. A frame that came meanwhile is newer than what is read. */
  async #ask(query) {
    const items = await this.#work.api.all(`/contacts/${this.id}/messages`, query);
    this.#put(items.filter(({ n }) => this.#stale.has(n) || !this.messages.has(n)));
    this.#work.changed();
  }

  /** The agent has seen all that is here, unless he looks at older messages. */
  see() {
    if (this.kept.seen === this.last || !this.isAtEnd) return;
    this.kept.seen = this.last;
    this.keep();
    this.#work.changed();
  }

  /** Say something to the customer, or note it. It is kept until the router has it, and has one name however often it is sent. */
  say({ text = null, attachments = [], note = false }) {
    this.kept.outbox.push({ client_id: newKey(), text, attachments, note, problem: null });
    this.keep();
    return this.sendAll();
  }

  /** Try again what was refused. */
  sendOut(item) {
    item.problem = null;
    return this.sendAll();
  }

  /** Send what is not sent yet, one after the other: they arrive in the order in which they were written. */
  async sendAll() {
    this.#work.changed();
    if (this.#isSending) return;
    this.#isSending = true;
    for (let item; (item = this.kept.outbox.find(({ problem }) => problem === null)); ) await this.#send(item);
    this.#isSending = false;
  }

  /** It has one name, however often it is sent. While nobody answers it waits. */
  async #send(item) {
    const { client_id, text, attachments, note } = item;
    try {
      this.hear(await this.#work.live.ask("send", { contact: this.id, client_id, text, attachments, note }));
    } catch (error) {
      if (error instanceof Away) return;
      item.problem = textOf(error);
      this.keep();
    }
    this.#work.changed();
  }

  /** Take back what could not be sent. */
  takeBack(item) {
    this.kept.outbox = this.kept.outbox.filter((one) => one !== item);
    this.kept.draft ||= item.text ?? "";
    this.keep();
    this.#work.changed();
  }
}
