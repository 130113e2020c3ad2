// Which contact an agent is on: an agent's record has its id only. What the events tell of it is kept; the rest is asked for.

import { Problem } from "/pages/shared/api.js";

const ASKED_ONE_BY_ONE = 5;
const TALKING = { state: "assigned", limit: 200 };

export class Talks {
  #api;
  #facts = new Map();
  #offers = new Map();
  #agents = new Map();

  constructor(api) {
    this.#api = api;
  }

  /** An event that may say what a contact is. */
  heard({ type, contact, queue, channel, agent }) {
    if (type === "offer.made") this.#offers.set(agent, { contact, queue, channel });
    if (type === "offer.made" || type === "contact.assigned") this.#facts.set(contact, { contact, queue, channel });
  }

  /** What an agent is on. */
  of(agent) {
    return this.#agents.get(agent) ?? [];
  }

  /** Know all contacts that these agents are on, and forget all others. */
  async complete(agents) {
    const wanted = new Set(agents.flatMap((agent) => agent.contacts));
    const unknown = [...wanted].filter((contact) => !this.#facts.has(contact));
    const found = unknown.length > ASKED_ONE_BY_ONE ? await this.#all() : await Promise.all(unknown.map((id) => this.#one(id)));
    for (const contact of found) if (contact) this.#facts.set(contact.id, factsOf(contact));
    const offered = new Set();
    for (const agent of agents) {
      const on = agent.contacts.map((contact) => this.#facts.get(contact)).filter(Boolean);
      const offer = agent.state === "reserved" ? this.#offers.get(agent.id) : undefined;
      if (offer) offered.add(offer.contact);
      this.#agents.set(agent.id, offer ? [offer, ...on] : on);
    }
    for (const contact of this.#facts.keys()) if (!wanted.has(contact) && !offered.has(contact)) this.#facts.delete(contact);
    const present = new Set(agents.map((agent) => agent.id));
    for (const known of [this.#offers, this.#agents]) for (const agent of known.keys()) if (!present.has(agent)) known.delete(agent);
  }

  #all() {
    return this.#api.all("/contacts", TALKING, 1_000);
  }

  async #one(contact) {
    try {
      return await this.#api.get(`/contacts/${encodeURIComponent(contact)}`);
    } catch (error) {
      if (error instanceof Problem && error.status === 404) return null;
      throw error;
    }
  }
}

function factsOf({ id, queue, channel }) {
  return { contact: id, queue, channel };
}
