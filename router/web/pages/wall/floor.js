// The floor as it stands: asked for whenever an event says that something has changed, at most once a second.

import { Away, Problem } from "/pages/shared/api.js";
import { clock } from "/pages/shared/clock.js";
import { Model } from "/pages/shared/dom.js";
import { Live } from "/pages/shared/live.js";
import { Talks } from "/pages/wall/talks.js";

const LEAST_PAUSE_MS = 1_000;
const QUIET_MS = 5_000;
const DAY_EVERY_MS = 30_000;
const STALE_MS = 10_000;
const MANAGERS = ["supervisor", "admin"];

/**
 * `queues`, `agents`, `channels`, `alarms` and `today` are what the API answered last, null before it has; `operation` says
 * what all is called. `away` is whether the last question had no answer, `old` whether the picture is older than it should be.
 */
export class Floor extends Model {
  queues = null;
  agents = null;
  channels = null;
  alarms = null;
  today = null;
  away = false;
  readAt = Date.now();
  #left;
  #talks;
  #live;
  #timer = 0;
  #begunAt = 0;
  #dayAt = -Infinity;
  #reading = false;
  #dirty = true;
  #ended = false;
  #known = new Map();

  /** `left` is called when the token is one no more. */
  constructor(api, me, operation, left) {
    super();
    this.api = api;
    this.me = me;
    this.operation = operation;
    this.#left = left;
    this.#talks = new Talks(api);
    this.#live = new Live(api, "/v1/-/events/live", (frame) => this.#heard(frame));
    this.#live.watch(() => this.#connected());
  }

  /** Whether who looks may act. */
  get manages() {
    return MANAGERS.includes(this.me.role);
  }

  /** Whether the picture is older than it should be. */
  get old() {
    return Date.now() - this.readAt > STALE_MS;
  }

  get zone() {
    return this.operation.timezone;
  }

  start() {
    this.#live.start();
    this.#read();
  }

  stop() {
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#live.stop();
  }

  /** Something was done here: look at once. */
  look() {
    this.#dirty = true;
    this.#plan(0);
  }

  queue(id) {
    return this.queues?.find((queue) => queue.id === id);
  }

  agent(id) {
    return this.agents?.find((agent) => agent.id === id);
  }

  /** How an agent is called; one whom the operation has no more, by his id. */
  nameOf(agent) {
    return this.agent(agent)?.name ?? agent;
  }

  /** What an agent is on: `[{contact, queue, channel, medium}]`, as far as it is known. */
  workOf(agent) {
    return this.#talks.of(agent);
  }

  /** The day's figures of a queue, and its half-hours so far. */
  dayOf(queue) {
    return this.today?.queues.find((one) => one.queue === queue);
  }

  #heard({ event }) {
    this.#talks.heard(event);
    if (event.type === "operation.applied") this.#dayAt = -Infinity;
    this.#known.get(event.contact)?.(event);
    if (this.#dirty) return;
    this.#dirty = true;
    this.#plan(Math.max(0, this.#begunAt + LEAST_PAUSE_MS - Date.now()));
  }

  /** Call `then` with each event of this contact, until the function that is returned is called. */
  follow(contact, then) {
    this.#known.set(contact, then);
    return () => this.#known.get(contact) === then && this.#known.delete(contact);
  }

  #connected() {
    if (this.#live.state === "refused") this.#leave();
    else if (this.#live.state === "open") this.look();
  }

  #leave() {
    if (this.#ended) return;
    this.stop();
    this.#left();
  }

  #plan(ms) {
    if (this.#ended || this.#reading) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#read(), ms);
  }

  async #read() {
    if (this.#reading || this.#ended) return;
    this.#reading = true;
    this.#begunAt = Date.now();
    this.#dirty = false;
    try {
      await this.#ask();
      this.away = false;
      this.readAt = Date.now();
    } catch (error) {
      if (error instanceof Problem && [401, 403].includes(error.status)) return this.#leave();
      if (!(error instanceof Away) && !(error instanceof Problem)) throw error;
      this.away = true;
    } finally {
      this.#reading = false;
    }
    this.changed();
    const pause = this.#dirty || this.away ? LEAST_PAUSE_MS : QUIET_MS;
    this.#plan(Math.max(0, this.#begunAt + pause - Date.now()));
  }

  async #ask() {
    const paths = ["/queues", "/agents", "/channels", "/alarms"];
    const [queues, agents, channels, alarms] = await Promise.all(paths.map(async (path) => (await this.api.get(path)).items));
    await this.#talks.complete(agents);
    if (Date.now() - this.#dayAt >= DAY_EVERY_MS) {
      const [me, operation, today] = await Promise.all(["/me", "/operation", "/today"].map((path) => this.api.get(path)));
      clock.set(me.now, me.pace);
      Object.assign(this, { me, operation, today });
      this.#dayAt = Date.now();
    }
    Object.assign(this, { queues, agents, channels, alarms });
  }
}
