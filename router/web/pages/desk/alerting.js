// What makes an agent look up: a ring, the window's title, a notification of the system.

import { settings } from "/pages/shared/settings.js";
import { t } from "/pages/shared/words.js";

const RING_EVERY_MS = 2_000;
const FLASH_MS = 900;
const RING = [
  [660, 0, 0.16],
  [880, 0.18, 0.22],
  [660, 0.5, 0.16],
  [880, 0.68, 0.22],
];
const BLIP = [[1040, 0, 0.09]];

export class Alerting {
  #work;
  #sound = null;
  #shown = new Map();
  #flash = false;

  constructor(work) {
    this.#work = work;
    // A browser lets a page sound only after its person has touched it.
    for (const event of ["pointerdown", "keydown"]) window.addEventListener(event, () => this.#wakeSound());
    work.listen((what, value) => {
      if (what === "offer") this.#offer(value);
      if (what === "message") this.#message(value);
    });
    work.watch(() => this.#calm());
    setInterval(() => this.#showTitle(), FLASH_MS);
    setInterval(() => this.#ringAgain(), RING_EVERY_MS);
  }

  #offer(offer) {
    this.#play(RING);
    this.#notify(offer.id, t(`offer_of_${offer.medium === "voice" ? "call" : "chat"}`), this.#work.nameOf(offer.contact));
    this.#showTitle();
  }

  #message(message) {
    if (document.hasFocus() && this.#work.focus === message.contact) return;
    this.#play(BLIP);
    const contact = this.#work.talks.get(message.contact).contact;
    this.#notify(message.contact, this.#work.nameOf(contact), message.text ?? t("attachment"));
  }

  #ringAgain() {
    if (this.#work.offers.size > 0) this.#play(RING);
  }

  /** Notifications of what is no more, or is looked at, go. */
  #calm() {
    for (const [id, notification] of this.#shown) {
      const seen = document.hasFocus() && this.#work.focus === id;
      if (seen || !(this.#work.offers.has(id) || this.#work.talks.has(id))) {
        notification.close();
        this.#shown.delete(id);
      }
    }
  }

  #notify(id, title, body) {
    if (document.hasFocus() || !("Notification" in window) || Notification.permission !== "granted") return;
    const notification = new Notification(title, { body, tag: id, icon: "/pages/shared/icon.svg" });
    notification.onclick = () => {
      window.focus();
      if (this.#work.talks.has(id)) this.#work.look(id);
      notification.close();
    };
    this.#shown.set(id, notification);
  }

  /** The window's title: how many wait for the agent, and while something is offered, by turns, what. */
  #showTitle() {
    const [offer] = this.#work.offers.values();
    const unread = this.#work.unread;
    this.#flash = offer !== undefined && !this.#flash;
    const plain = unread > 0 ? `(${unread}) ${t("title")}` : t("title");
    document.title = this.#flash ? `● ${t("offer")}: ${this.#work.nameOf(offer.contact)}` : plain;
  }

  #wakeSound() {
    this.#sound ??= new AudioContext();
    if (this.#sound.state === "suspended") this.#sound.resume();
  }

  #play(tones) {
    // Of several tabs one sounds: whoever has the lock at this moment.
    if (!settings.sound || this.#sound?.state !== "running") return;
    if (!navigator.locks) return this.#sing(tones);
    navigator.locks.request("contact-router sound", { ifAvailable: true }, async (lock) => {
      if (lock === null) return;
      this.#sing(tones);
      await new Promise((resolve) => setTimeout(resolve, RING_EVERY_MS / 2));
    });
  }

  #sing(tones) {
    for (const [pitch, after, lasts] of tones) {
      const tone = this.#sound.createOscillator();
      const volume = this.#sound.createGain();
      const begin = this.#sound.currentTime + after;
      tone.frequency.value = pitch;
      volume.gain.setValueAtTime(0, begin);
      volume.gain.linearRampToValueAtTime(0.14, begin + 0.02);
      volume.gain.linearRampToValueAtTime(0, begin + lasts);
      tone.connect(volume).connect(this.#sound.destination);
      tone.start(begin);
      tone.stop(begin + lasts);
    }
  }
}
