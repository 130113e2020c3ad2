// All that the agent has: what the router has told of it. The desk shows this and nothing else.

import { Away, Problem } from "/pages/shared/api.js";
import { clock } from "/pages/shared/clock.js";
import { Model } from "/pages/shared/dom.js";
import { Live } from "/pages/shared/live.js";
import { complain, say, textOf } from "/pages/shared/notices.js";
import { t } from "/pages/shared/words.js";
import { Talk } from "/pages/desk/talk.js";

/** What no frame tells: the day's figures, and that a parked conversation went to a colleague. */
const ASIDE_EVERY_MS = 60_000;
const QUEUES_EVERY_MS = 5_000;
const AGAIN_MS = 1_000;

/** Contacts that were taken from him, by the state in which he learns of it. */
const GONE = { queued: "gone_queued", offered: "gone_queued", assigned: "gone_assigned", abandoned: "gone_abandoned" };

export class Work extends Model {
  agent = null;
  offers = new Map();
  talks = new Map();
  /** The contact that keys and details are about. */
  focus = null;
  today = null;
  /** How the queues stand that he serves. */
  queues = [];
  /** Account → what its channel can do, as "channel account". */
  capabilities = new Map();
  #listeners = new Set();
  /** Contacts that he is just giving away: that they go is no news. */
  #given = new Set();
  /** What was offered when the connection was lost, and is no more: what became of it comes behind the snapshot. */
  #passed = new Map();
  /** Contacts that this tab had when it was loaded: what was over and had no word yet is in no snapshot. */
  #unfinished = new Set(JSON.parse(sessionStorage.getItem("talks") ?? "[]"));

  constructor({ api, me, operation }) {
    super();
    this.api = api;
    this.me = me;
    this.operation = operation;
    this.live = new Live(api, `/v1/-/agents/${encodeURIComponent(me.agent)}/live`, (frame) => this.#hear(frame));
    this.live.watch(() => this.changed());
  }

  start() {
    this.live.start();
    setInterval(() => {
      this.#readToday();
      this.#once(() => this.#readAside());
    }, ASIDE_EVERY_MS);
    setInterval(() => document.visibilityState === "visible" && this.#readQueues(), QUEUES_EVERY_MS);
  }

  /** Call with "offer" and the offer, "message" and the message, when one is new. */
  listen(listener) {
    this.#listeners.add(listener);
  }

  get isConnected() {
    return this.live.state === "open" && this.agent !== null;
  }

  /** The talks that are going on, then those that are over and wait for a word of the agent, in the order in which they came. */
  get open() {
    return [...this.talks.values()].filter((talk) => talk.contact.state !== "parked");
  }

  get parked() {
    return [...this.talks.values()].filter((talk) => talk.contact.state === "parked");
  }

  get focused() {
    return this.talks.get(this.focus) ?? null;
  }

  get unread() {
    return [...this.talks.values()].reduce((sum, talk) => sum + talk.unread, 0);
  }

  look(contact) {
    this.focus = contact;
    this.changed();
  }

  /** Ask the router for something, and say so where it refuses. Gives the answer, or null. */
  async ask(word, fields = {}, options = {}) {
    try {
      return await this.live.ask(word, fields, options);
    } catch (error) {
      complain(error);
      return null;
    }
  }

  async accept(offer) {
    const contact = await this.ask("accept", { offer: offer.id });
    if (contact === null) return;
    this.offers.delete(offer.id);
    this.#contact(contact);
    this.look(contact.id);
    this.#tell("begun", contact);
  }

  async decline(offer) {
    if ((await this.ask("decline", { offer: offer.id })) !== null) this.offers.delete(offer.id);
    this.changed();
  }

  present(presence, { reason = null, device = null, later = false } = {}) {
    const when = later ? "after_contact" : "now";
    return this.ask("presence", { presence, reason, device, when }, { once: false });
  }

  ready() {
    return this.ask("ready");
  }

  async complete(talk, disposition) {
    const seen = talk.isVoice || talk.isOver ? null : talk.kept.seen;
    const contact = await this.ask("complete", { contact: talk.id, disposition, seen });
    if (contact !== null) this.drop(talk.id);
  }

  async change(talk, word, fields = {}) {
    this.#given.add(talk.id);
    const contact = await this.ask(word, { contact: talk.id, ...fields });
    if (contact !== null) this.#contact(contact);
    this.#given.delete(talk.id);
    return contact !== null;
  }

  async command(talk, command, args = {}) {
    const asked = await this.ask("command", { contact: talk.id, command, args });
    if (asked !== null) talk.hearCommand(asked);
    this.changed();
  }

  /** What the channel of this contact can do in a talk. */
  can(contact) {
    return this.capabilities.get(`${contact.channel} ${contact.account}`) ?? [];
  }

  #tell(what, value) {
    for (const listener of this.#listeners) listener(what, value);
  }

  #hear(frame) {
    switch (frame.type) {
      case "snapshot":
        this.#begin(frame);
        break;
      case "offer":
        this.#offer(frame.offer, frame.seq);
        break;
      case "offer.gone":
        this.#offerGone(frame);
        break;
      case "contact":
        this.#contact(frame.contact);
        break;
      case "agent":
        this.agent = frame.agent;
        break;
      case "message":
        this.#message(frame.message);
        break;
      case "typing":
        this.talks.get(frame.contact)?.hearTyping();
        break;
      case "command":
        this.talks.get(frame.command.contact)?.hearCommand(frame.command);
        if (frame.command.state === "failed" && frame.command.code !== "ended") say(t("command_failed", { what: t(`do_${frame.command.do}`) }));
        break;
    }
    this.changed();
  }

  /** The present state. What it does not hold any more and the desk still shows may have gone anywhere: ask. */
  #begin(frame) {
    clock.set(frame.now);
    this.agent = frame.agent;
    const had = new Set(frame.contacts.map((contact) => contact.id));
    this.#pass(frame, had);
    for (const offer of frame.offers) this.#offer(offer, frame.seq);
    for (const contact of frame.contacts) this.#contact(contact);
    for (const talk of this.talks.values()) {
      const isOld = !frame.resumed || !talk.isRead || talk.contact.messages > talk.last;
      this.insist(async () => {
        if (!had.has(talk.id)) await this.#recall(talk.id);
        if (isOld && this.talks.has(talk.id)) await talk.begin();
      });
      talk.sendAll();
    }
    this.insist(() => this.#readAside());
    this.#readQueues();
    this.#readToday();
  }

  /** What was offered and is no more goes with a word. */
  #pass({ offers, resumed }, had) {
    const pending = new Set(offers.map((offer) => offer.id));
    for (const [id, offer] of this.offers) {
      if (pending.has(id)) continue;
      this.offers.delete(id);
      if (resumed) this.#passed.set(id, offer);
      else if (!had.has(offer.contact.id)) say(t("offer_withdrawn", { who: this.nameOf(offer.contact) }));
    }
  }

  /** What no snapshot holds: parked conversations, what was over and had no word yet, what channels can do. */
  async #readAside() {
    const parked = await this.api.all("/contacts", { state: "parked" }, 200);
    for (const contact of parked) this.#contact(contact);
    const still = new Set(parked.map((contact) => contact.id));
    for (const talk of this.parked) if (!still.has(talk.id)) this.#lose(talk.id);
    for (const id of this.#unfinished) {
      if (!this.talks.has(id)) await this.#recall(id);
      this.#unfinished.delete(id);
    }
    this.#remember();
    const { items } = await this.api.get("/channels");
    this.capabilities = new Map(items.map((one) => [`${one.channel} ${one.account}`, one.capabilities]));
    this.changed();
  }

  async #recall(id) {
    try {
      this.#contact(await this.api.get(`/contacts/${id}`));
    } catch (error) {
      if (!(error instanceof Problem && error.status === 404)) throw error;
      if (this.talks.has(id)) say(t("gone", { who: this.nameOf(this.talks.get(id).contact) }));
      this.#lose(id);
    }
    this.changed();
  }

  #offer(offer, seq) {
    const isNew = !this.offers.has(offer.id);
    const talk = this.talks.get(offer.contact.id);
    if (talk && offer.contact.version < talk.contact.version) return;
    // Of one that was parked this is no loss: its customer is back. What he has written is told when the agent has it.
    if (talk && talk.contact.state !== "parked") say(t("gone_queued", { who: this.nameOf(offer.contact) }));
    if (talk) this.#lose(talk.id);
    const waited = clock.now() - offer.contact.waited_s * 1000;
    this.offers.set(offer.id, { ...offer, waitsSince: new Date(waited).toISOString() });
    if (offer.delivered_at === null) this.live.ask("ack", { seq }, { once: false }).catch(() => {});
    if (isNew) this.#tell("offer", offer);
  }

  #offerGone({ offer, state, reason }) {
    // It came while this page stood still, so the router offers nothing more: it stands still no longer.
    if (state === "undelivered" && this.agent.presence === "available") this.present("available");
    const known = this.offers.get(offer) ?? this.#passed.get(offer);
    if (known === undefined) return;
    this.offers.delete(offer);
    this.#passed.delete(offer);
    const who = this.nameOf(known.contact);
    if (state === "missed" || state === "undelivered") say(t("offer_missed", { who }));
    else if (state === "withdrawn") say(t(reason === "customer_left" ? "offer_customer_left" : "offer_withdrawn", { who }));
  }

  #contact(contact) {
    const talk = this.talks.get(contact.id);
    const his = contact.agent === this.me.agent;
    for (const offer of this.offers.values()) if (offer.contact.id === contact.id && contact.state !== "offered") this.offers.delete(offer.id);
    if (talk && contact.version < talk.contact.version) return;
    if (his && ["assigned", "parked"].includes(contact.state)) this.#keep(contact);
    else if (his && contact.state === "closed" && contact.disposition === null) this.#keep(contact);
    else if (talk) {
      const words = GONE[contact.state];
      if (words && !this.#given.has(contact.id)) {
        say(t(words, { who: this.nameOf(contact) }));
        this.#lose(contact.id);
      } else this.drop(contact.id);
    }
    if (contact.ended_at) this.#readToday();
    this.changed();
  }

  #keep(contact) {
    const talk = this.talks.get(contact.id);
    if (talk) {
      talk.contact = contact;
    } else {
      const made = new Talk(this, contact);
      this.talks.set(contact.id, made);
      this.#remember();
      this.insist(() => made.begin());
    }
    if (this.focus === null && contact.state !== "parked") this.focus = contact.id;
  }

  /** Put a contact away that is over for him, and needs no word any more. */
  drop(id) {
    this.talks.get(id)?.forget();
    this.#away(id);
  }

  /** It was taken from him; what he has written in it is there when it comes back. */
  #lose(id) {
    this.talks.get(id)?.putBy();
    this.#away(id);
  }

  #away(id) {
    this.talks.delete(id);
    this.#remember();
    if (this.focus === id) this.focus = this.open[0]?.id ?? null;
    this.changed();
  }

  #message(message) {
    const talk = this.talks.get(message.contact);
    if (!talk) return;
    const isNew = message.n > talk.last;
    talk.hear(message);
    if (isNew && message.direction === "in") this.#tell("message", message);
  }

  /** The ids of what this tab has open: a reload finds what was over and had no word yet. */
  #remember() {
    sessionStorage.setItem("talks", JSON.stringify([...new Set([...this.#unfinished, ...this.talks.keys()])]));
  }

  /** How long the queues are that he serves. */
  async #readQueues() {
    if (!this.isConnected) return;
    await this.#once(async () => {
      const { items } = await this.api.get("/queues");
      this.queues = items.filter((queue) => this.agent.queues.includes(queue.id));
    });
  }

  #readToday() {
    return this.#once(async () => {
      this.today = await this.api.get(`/agents/${encodeURIComponent(this.me.agent)}/today`);
    });
  }

  /** Read what is read again soon: where it fails, nobody need know. */
  async #once(read) {
    try {
      await read();
    } catch (error) {
      textOf(error);
    }
    this.changed();
  }

  /** Read what the desk needs until it is there, or the connection is not: the next snapshot reads it again. */
  async insist(read) {
    for (;;) {
      try {
        return await read();
      } catch (error) {
        textOf(error);
        const passes = error instanceof Away || error.status === 503;
        if (!passes || this.live.state !== "open") return null;
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      }
    }
  }

  /** How a person calls the customer of a contact. */
  nameOf(contact) {
    return contact.customer.name ?? contact.customer.id ?? t("unknown_customer");
  }
}
