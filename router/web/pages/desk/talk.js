// One contact of the agent: what is known of it, what was said in it, what he is writing.

import { newKey } from "/pages/shared/api.js";

export const PAGE = 100;
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
  contact;
  messages = new Map();
  /** The number of the first message that is here; those before it are asked for when they are wanted. */
  first = Infinity;
  last = 0;
  commands = new Map();
  typingUntil = 0;
  earlier = null;
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
    const numbers = [...this.messages.keys()].sort((one, other) => one - other);
    return numbers.map((n) => this.messages.get(n));
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

  /** A message as it stands. What lies between it and the last that is here is asked for. */
  hear(message) {
    const gap = this.first !== Infinity && message.n > this.last + 1;
    const before = this.last;
    this.messages.set(message.n, message);
    this.last = Math.max(this.last, message.n);
    if (message.direction === "in") this.typingUntil = 0;
    this.kept.outbox = this.kept.outbox.filter((one) => one.client_id !== message.client_id);
    this.keep();
    if (gap) this.#ask(before, message.n - before);
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
    this.messages.clear();
    this.first = Infinity;
    await this.older();
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
    if (this.first === 1) return Promise.resolve();
    this.#loading ??= this.#older().finally(() => {
      this.#loading = null;
    });
    return this.#loading;
  }

  async #older() {
    const before = this.first === Infinity ? this.last + 1 : this.first;
    const after = Math.max(0, before - 1 - PAGE);
    await this.#ask(after, Math.max(1, before - 1 - after));
    this.first = after + 1;
    this.#work.changed();
  }

  async #ask(after, limit) {
    const { items } = await this.#work.api.get(`/contacts/${this.id}/messages`, { after, limit: Math.min(limit, 200) });
    for (const message of items) {
      // A frame that came meanwhile is newer than this page.
      if (!this.messages.has(message.n)) this.messages.set(message.n, message);
      this.last = Math.max(this.last, message.n);
    }
    this.#work.changed();
  }

  /** The agent has seen all that is here. */
  see() {
    if (this.kept.seen === this.last) return;
    this.kept.seen = this.last;
    this.keep();
    this.#work.changed();
  }

  /** Say something to the customer, or note it. It is kept until the router has it, and has one name however often it is sent. */
  say({ text = null, attachments = [], note = false }) {
    const item = { client_id: newKey(), text, attachments, note, problem: null };
    this.kept.outbox.push(item);
    this.keep();
    return this.sendOut(item);
  }

  /** Send what is not sent yet. */
  sendAll() {
    for (const item of this.kept.outbox) this.sendOut(item);
  }

  async sendOut(item) {
    item.problem = null;
    this.#work.changed();
    const { client_id, text, attachments, note } = item;
    try {
      this.hear(await this.#work.live.ask("send", { contact: this.id, client_id, text, attachments, note }));
    } catch (error) {
      item.problem = this.#work.wordsOf(error);
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
