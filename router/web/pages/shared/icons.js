// Small pictures of one line weight, drawn on 24 × 24.

import { h } from "/pages/shared/dom.js";

const DRAWINGS = {
  phone: "M5 4h4l1.6 4.4-2.2 1.5a11.5 11.5 0 0 0 5.7 5.7l1.5-2.2L20 15v4a1.5 1.5 0 0 1-1.6 1.5A15.5 15.5 0 0 1 3.5 5.6 1.5 1.5 0 0 1 5 4z",
  hangup: "M3.5 14.5c5-4.6 12-4.6 17 0l-1.8 2.6-3.7-1.2v-2.6a11 11 0 0 0-6 0v2.6l-3.7 1.2z",
  chat: "M4 5.5h16v10.5h-9l-4.5 3.5v-3.5H4z",
  telegram: "M3.5 11.5 20.5 4.5 17.5 19.5 11.5 15 9 18.5 8.5 13.2zM8.5 13.2l9-6.7",
  people: "M9 11a3.2 3.2 0 1 0 0-6.4A3.2 3.2 0 0 0 9 11zM3 19.5c.4-3.6 2.7-5.6 6-5.6s5.6 2 6 5.6M16 5a3 3 0 0 1 0 5.8M17.5 14.3c2 .7 3.2 2.5 3.5 5.2",
  person: "M12 11.5a3.7 3.7 0 1 0 0-7.4 3.7 3.7 0 0 0 0 7.4zM4.5 20c.5-4.2 3.2-6.3 7.5-6.3s7 2.1 7.5 6.3",
  clock: "M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17zM12 7.5V12l3 2",
  check: "M5 12.5l4.5 4.5L19 7.5",
  checks: "M2.5 12.5 7 17l8-9M11.5 16l1 1 9-9.5",
  alert: "M12 4 21 19.5H3zM12 10v4.5M12 17v.2",
  pause: "M8.5 5.5v13M15.5 5.5v13",
  play: "M7.5 5 18.5 12 7.5 19z",
  mic: "M12 14.5a3 3 0 0 0 3-3v-5a3 3 0 0 0-6 0v5a3 3 0 0 0 3 3zM6 11.5a6 6 0 0 0 12 0M12 17.5v3",
  mute: "M4 4l16 16M9 9v2.5a3 3 0 0 0 4.5 2.6M15 11V6.5a3 3 0 0 0-5.5-1.7M6 11.5a6 6 0 0 0 9 5.2M18 11.5a6 6 0 0 1-.5 2.3M12 17.5v3",
  keypad: "M5.5 6h1M11.5 6h1M17.5 6h1M5.5 12h1M11.5 12h1M17.5 12h1M5.5 18h1M11.5 18h1M17.5 18h1",
  record: "M12 17a5 5 0 1 0 0-10 5 5 0 0 0 0 10z",
  transfer: "M4 8.5h14.5M14.5 4.5l4 4-4 4M20 15.5H5.5M9.5 11.5l-4 4 4 4",
  park: "M4 5h16v4H4zM5.5 9v10.5h13V9M10 13h4",
  note: "M6 3.5h12v17l-3-2-3 2-3-2-3 2zM9 8h6M9 12h6",
  clip: "M19 11l-7.5 7.5a4.2 4.2 0 0 1-6-6L13.3 4.7a2.8 2.8 0 0 1 4 4l-7.6 7.6a1.4 1.4 0 0 1-2-2L14.5 7.5",
  bolt: "M13 3 5.5 13.5h5L10 21l8-11h-5.5z",
  send: "M4 12 20 4.5 15.5 20 11.5 13.5z",
  sun: "M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 2.5v2.5M12 19v2.5M2.5 12H5M19 12h2.5M5.3 5.3 7 7M17 17l1.7 1.7M5.3 18.7 7 17M17 7l1.7-1.7",
  bell: "M6.5 16.5v-6a5.5 5.5 0 0 1 11 0v6l1.5 1.5h-14zM10 20.5h4",
  quiet: "M4 4l16 16M8 6.8a5.5 5.5 0 0 1 9.5 3.7v4M6.5 11v5.5L5 18h12M10 20.5h4",
  globe: "M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17zM3.5 12h17M12 3.5c2.5 2.5 3.6 5.3 3.6 8.5S14.5 18 12 20.5C9.5 18 8.4 15.2 8.4 12S9.5 6 12 3.5z",
  more: "M4 7h9M17.5 7H20M15 4.8v4.4M4 12h3M11.5 12H20M9 9.8v4.4M4 17h11M19.5 17h.5M17 14.8v4.4",
  info: "M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17zM12 11v5.5M12 7.8v.2",
  close: "M6 6l12 12M18 6 6 18",
  back: "M14.5 5.5 8 12l6.5 6.5",
  down: "M5.5 9.5 12 16l6.5-6.5",
  search: "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM15.5 15.5 20.5 20.5",
  history: "M4 12a8.2 8.2 0 1 0 2.6-6L4 8.5M4 4v4.5h4.5M12 8v4.5l3 1.8",
  star: "M12 4l2.5 5.2 5.7.8-4.1 4 1 5.7L12 17l-5.1 2.7 1-5.7-4.1-4 5.7-.8z",
  shield: "M12 3.5 19 6v6c0 4.3-2.7 7.1-7 8.5-4.3-1.4-7-4.2-7-8.5V6zM8.8 12l2.3 2.3 4.2-4.5",
  leave: "M14 4.5H5.5v15H14M10 12h10.5M16.5 8l4 4-4 4",
  keyboard: "M3 6.5h18v11H3zM6.5 10h.2M10 10h.2M13.5 10h.2M17 10h.2M8 14h8",
  up: "M12 19.5V5M6 10.5l6-6 6 6",
  file: "M6 3.5h8l4.5 4.5v12.5H6zM14 3.5V8h4.5",
  coffee: "M4.5 9h12v6a4 4 0 0 1-4 4h-4a4 4 0 0 1-4-4zM16.5 10.5h1.5a2.5 2.5 0 0 1 0 5h-1.5M8 3v2.5M12 3v2.5",
  headset: "M4.5 14v-2a7.5 7.5 0 0 1 15 0v2M4.5 13.5h3v6H6A1.5 1.5 0 0 1 4.5 18zM19.5 13.5h-3v6H18a1.5 1.5 0 0 0 1.5-1.5z",
  flame: "M12 3c.5 3.5 5.5 5.5 5.5 11a5.5 5.5 0 0 1-11 0c0-2 .8-3.3 2-4.5.3 1.5 1 2.3 1.800 2.7C10 9 10.5 5.5 12 3z",
  door: "M6.5 20.5v-17h11v17M4 20.5h16M14.5 12h.2",
  reply: "M10 6.5 4.5 12l5.5 5.5M4.5 12H14a6 6 0 0 1 6 6v1",
};

/** The picture of this name, which says nothing by itself: what it stands for is said beside it. */
export function icon(name, more = "") {
  return h(
    "svg",
    { class: `icon ${more}`, viewBox: "0 0 24 24", "aria-hidden": "true", focusable: "false" },
    h("path", { d: DRAWINGS[name] }),
  );
}

/** The picture of a channel. */
export function channelIcon(channel, medium) {
  if (channel in DRAWINGS) return icon(channel);
  if (medium === "voice") return icon("phone");
  return icon(channel === "vk" ? "people" : "chat");
}
