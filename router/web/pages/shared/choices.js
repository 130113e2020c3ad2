// The choices of a settings menu that every page has.

import { choice } from "/pages/shared/dialog.js";
import { h } from "/pages/shared/dom.js";
import { icon } from "/pages/shared/icons.js";
import { LANGUAGES, THEMES, settings } from "/pages/shared/settings.js";
import { leave } from "/pages/shared/signin.js";
import { t } from "/pages/shared/words.js";

/** What a group of choices of a menu is called. */
export function groupName(words) {
  return h("div", { key: `group ${words}`, class: "group", role: "presentation" }, words);
}

/** Language and colours. */
export function looks() {
  const one = (name, value, picture) =>
    choice({ key: value, checked: settings[name] === value, onclick: () => settings.choose(name, value) }, icon(picture), t(`${name}_${value}`));
  return [
    groupName(t("language")),
    LANGUAGES.map((value) => one("language", value, "globe")),
    groupName(t("theme")),
    THEMES.map((value) => one("theme", value, "sun")),
  ];
}

/** The way out, of every tab. */
export function wayOut() {
  return choice({ key: "leave", onclick: () => leave({ everywhere: true }) }, icon("leave"), t("sign_out"));
}
