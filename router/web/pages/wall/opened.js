// What is open beside the wall: a queue, an agent, a contact, or what a search has found; each with the way back.

import { Model } from "/pages/shared/dom.js";

export class Opened extends Model {
  #views = [];
  #from = null;

  constructor(floor) {
    super();
    this.floor = floor;
  }

  /** `{kind, id}` of what is shown: kind is "queue", "agent", "contact" or "found"; null where nothing is. */
  get view() {
    return this.#views.at(-1) ?? null;
  }

  /** Whether something lies beneath it. */
  get deep() {
    return this.#views.length > 1;
  }

  /** Show something in place of all that is open; the focus goes back to where it is now in the end. */
  show(kind, id, more = {}) {
    if (this.#views.length === 0) this.#from = document.activeElement;
    this.#views = [{ kind, id, ...more }];
    this.changed();
  }

  /** Show something on top of what is open. */
  push(kind, id) {
    if (this.#views.length === 0) return this.show(kind, id);
    this.#views = [...this.#views, { kind, id }];
    this.changed();
  }

  back() {
    this.#views = this.#views.slice(0, -1);
    this.changed();
  }

  close() {
    if (this.#views.length === 0) return;
    this.#views = [];
    this.changed();
    // What was hidden beneath it on a small screen can be focused after it is shown.
    requestAnimationFrame(() => requestAnimationFrame(() => this.#from?.isConnected && this.#from.focus()));
  }
}
