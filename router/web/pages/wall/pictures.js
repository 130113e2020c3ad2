// Small pictures of the day: a bar for each half-hour, and a line where the promise is.

import { h } from "/pages/shared/dom.js";
import { lengthOf, percentOf, timeOf } from "/pages/shared/format.js";
import { t } from "/pages/shared/words.js";
import { shareLevel, waitLevel } from "/pages/wall/levels.js";

const MOST = 16;
const LEAST = 8;
const WIDTH = 160;
const HEIGHT = 40;
const GAP = 2;
const LEAST_BAR = 1.5;

/** The waits of the last hours, by half-hour, with the target. */
export function waitsPicture(day, queue, zone) {
  const bars = recentOf(day).map((one) => ({
    at: one.starts_at,
    value: one.average_speed_of_answer_s,
    level: waitLevel(one.average_speed_of_answer_s, queue.target_s),
  }));
  const top = Math.max(1.5 * queue.target_s, ...bars.map((bar) => bar.value ?? 0));
  const title = t("waits");
  return picture({ title, promise: t("target", { target: lengthOf(queue.target_s) }), bars, top, line: queue.target_s, text: lengthOf, zone });
}

/** The service levels of the last hours, likewise, with the objective. */
export function sharesPicture(day, queue, zone) {
  const bars = recentOf(day).map((one) => ({
    at: one.starts_at,
    value: one.service_level,
    level: shareLevel(one.service_level, queue.objective),
  }));
  const title = t("service_level");
  return picture({ title, promise: t("objective", { objective: percentOf(queue.objective) }), bars, top: 1, line: queue.objective, text: percentOf, zone });
}

/** The last half-hours, from the first on in which something was. */
function recentOf(day) {
  const all = (day?.half_hours ?? []).slice(-MOST);
  const first = all.findIndex((one) => one.offered > 0);
  return all.slice(first < 0 ? -1 : Math.min(first, Math.max(0, all.length - 1)));
}

function picture({ title, promise, bars, top, line, text, zone }) {
  const places = Math.max(LEAST, bars.length);
  const step = WIDTH / places;
  const y = HEIGHT - (HEIGHT * line) / top;
  const said = bars.filter((bar) => bar.value !== null).map((bar) => `${timeOf(bar.at, zone)} ${text(bar.value)}`);
  return h(
    "figure",
    { class: "picture" },
    h("figcaption", { "aria-hidden": "true" }, title, h("span", { class: "picture-promise" }, ` · ${promise}`)),
    h(
      "svg",
      {
        viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
        preserveAspectRatio: "none",
        role: "img",
        "aria-label": `${title}, ${promise}: ${said.join(", ") || t("picture_none")}`,
      },
      bars.map((bar, place) => barView(bar, place * step, step, top)),
      h("line", { class: "promise", x1: 0, x2: WIDTH, y1: y, y2: y }),
    ),
    h(
      "div",
      { class: "picture-times", "aria-hidden": "true" },
      h("span", {}, bars.length > 0 && timeOf(bars[0].at, zone)),
      h("span", {}, bars.length >= LEAST && timeOf(bars.at(-1).at, zone)),
    ),
  );
}

function barView({ at, value, level }, x, step, top) {
  if (value === null) return h("rect", { class: "bar none", key: at, x, y: HEIGHT - 0.5, width: step - GAP, height: 0.5 });
  const height = Math.max(LEAST_BAR, (HEIGHT * value) / top);
  return h("rect", { class: `bar ${level}`, key: at, x, y: HEIGHT - height, width: step - GAP, height });
}

/** A share as a bar, with a mark where it should be. */
export function shareBar(share, objective) {
  return h(
    "span",
    { class: `share ${shareLevel(share, objective)}`, "aria-hidden": "true" },
    h("span", { class: "share-fill", style: { inset: `0 ${100 - 100 * (share ?? 0)}% 0 0` } }),
    h("span", { class: "share-mark", style: { left: `${100 * objective}%` } }),
  );
}
