// The workspace's time, by which waits, limits and countdowns go: a computer's own clock may be wrong, and a demo's is faster.

import { Part, define } from "/pages/shared/dom.js";
import { clockOf } from "/pages/shared/format.js";

class Clock {
  #at = Date.now();
  #seen = Date.now();
  #pace = 1;

  /** The server has said what time it is, and how many of its seconds pass in one. */
  set(now, pace = this.#pace) {
    this.#at = Date.parse(now);
    this.#seen = Date.now();
    this.#pace = pace;
  }

  /** Milliseconds since 1970, there. */
  now() {
    return this.#at + (Date.now() - this.#seen) * this.#pace;
  }

  /** How many milliseconds of ours lie between now and that moment. */
  away(moment) {
    return (Date.parse(moment) - this.now()) / this.#pace;
  }
}

export const clock = new Clock();

const ticking = new Set();
setInterval(() => {
  for (const part of ticking) part.draw();
}, 250);

/** `<cr-clock>`: how long ago `.since` was, or how long it is until `.until`. */
class Ticking extends Part {
  #since = null;
  #until = null;

  get since() {
    return this.#since;
  }

  get until() {
    return this.#until;
  }

  set since(moment) {
    this.#since = moment;
    this.update();
  }

  set until(moment) {
    this.#until = moment;
    this.update();
  }

  connectedCallback() {
    ticking.add(this);
    super.connectedCallback();
  }

  disconnectedCallback() {
    ticking.delete(this);
    super.disconnectedCallback();
  }

  view() {
    if (this.#until) return clockOf(Math.max(0, Date.parse(this.#until) - clock.now()) + 999);
    return this.#since ? clockOf(clock.now() - Date.parse(this.#since)) : "";
  }
}

define("cr-clock", Ticking);
