// What a person has chosen for all pages of ours in this browser: language, colours, sound.

import { Model } from "/pages/shared/dom.js";

export const LANGUAGES = ["ru", "en"];
export const THEMES = ["system", "light", "dark"];

const CHOICES = { language: LANGUAGES, theme: THEMES, sound: ["on", "off"] };

class Settings extends Model {
  #chosen = {};

  constructor() {
    super();
    for (const name of Object.keys(CHOICES)) this.#chosen[name] = localStorage.getItem(name);
    window.addEventListener("storage", (event) => {
      if (event.key in CHOICES) this.#take(event.key, event.newValue);
    });
    this.#show();
  }

  get language() {
    return this.#of("language") ?? (navigator.languages.some((one) => one.startsWith("ru")) ? "ru" : "en");
  }

  get theme() {
    return this.#of("theme") ?? "system";
  }

  get sound() {
    return this.#of("sound") !== "off";
  }

  choose(name, value) {
    localStorage.setItem(name, value);
    this.#take(name, value);
  }

  #of(name) {
    return CHOICES[name].includes(this.#chosen[name]) ? this.#chosen[name] : null;
  }

  #take(name, value) {
    this.#chosen[name] = value;
    this.#show();
    this.changed();
  }

  #show() {
    document.documentElement.lang = this.language;
    if (this.theme === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = this.theme;
  }
}

export const settings = new Settings();
