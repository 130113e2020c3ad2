// A part of what is open beside the wall: it reads what it shows anew whenever the floor has changed.

import { Part, h } from "/pages/shared/dom.js";
import { textOf } from "/pages/shared/notices.js";
import { settings } from "/pages/shared/settings.js";
import { t } from "/pages/shared/words.js";

export class Fresh extends Part {
  opened = null;
  id = null;
  #ready = false;
  #problem = null;
  #reading = false;
  #again = false;
  #stop = null;

  get floor() {
    return this.opened.floor;
  }

  get api() {
    return this.floor.api;
  }

  /** Read it. */
  async read() {}

  /** What it shows once it has been read. */
  shown() {
    return [];
  }

  watches() {
    return [settings];
  }

  connectedCallback() {
    super.connectedCallback();
    this.#stop = this.floor.watch(() => this.refresh());
    this.refresh();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.#stop();
  }

  /** Read it anew; where that is being done already, once more afterwards. */
  async refresh() {
    this.#again = true;
    if (this.#reading) return;
    this.#reading = true;
    while (this.#again && this.isConnected) {
      this.#again = false;
      try {
        await this.read();
        this.#ready = true;
        this.#problem = null;
      } catch (error) {
        this.#problem = textOf(error);
      }
      this.update();
    }
    this.#reading = false;
  }

  view() {
    if (this.#problem !== null) return h("p", { class: "problem", role: "alert", key: "problem" }, this.#problem);
    return this.#ready ? this.shown() : h("p", { class: "soft", role: "status", key: "waiting" }, t("reading"));
  }
}
