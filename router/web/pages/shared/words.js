// What the pages say, in each language. A page adds its own words to those that all have in common.

import { settings } from "/pages/shared/settings.js";

const known = { en: {}, ru: {} };

/** Add words: `{en: {name: text}, ru: {name: text}}`. A text may have `{name}`s in it, or forms by number, as `Intl.PluralRules` has them. */
export function addWords(words) {
  for (const language of Object.keys(known)) Object.assign(known[language], words[language]);
}

/** The text of this name in the chosen language. `values` stand in for its `{name}`s; `n` chooses the form. */
export function t(name, values = {}) {
  const language = settings.language;
  let text = known[language][name];
  if (text === undefined) throw new Error(`there are no words for ${name}`);
  if (typeof text === "object") text = text[new Intl.PluralRules(language).select(values.n)] ?? text.other;
  return text.replace(/\{(\w+)\}/g, (_whole, key) => String(values[key]));
}

/** Whether there are words of this name. */
export function hasWords(name) {
  return name in known[settings.language];
}

/** How the operation calls one of its things: its label in the chosen language, else its name. `kind` is "queues" and the like. */
export function label(operation, kind, name) {
  return operation?.labels?.[settings.language]?.[kind]?.[name] ?? name ?? "";
}
