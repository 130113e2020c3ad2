// A card for each queue.

import { h } from "/pages/shared/dom.js";
import { dayTimeOf, lengthOf, numberOf, percentOf } from "/pages/shared/format.js";
import { clock } from "/pages/shared/clock.js";
import { icon } from "/pages/shared/icons.js";
import { label, t } from "/pages/shared/words.js";
import { queueLevel, shareLevel, waitLevel } from "/pages/wall/levels.js";
import { shareBar, sharesPicture, waitsPicture } from "/pages/wall/pictures.js";
import { staffView } from "/pages/wall/states.js";

const IN_A_ROW = 4;
const SIGNS = { good: "check", fair: "alert", bad: "flame", none: "pause" };
/** A picture that is a second older says that somebody came a second earlier: his clock shall not jump for that. */
const JITTER_MS = 2_500;

const begun = new Map();

/** All cards, in rows that are all full: of five queues the first three share one, the others the next. */
export function queuesView(floor, opened) {
  const { length } = floor.queues;
  const rows = Math.max(1, Math.ceil(length / IN_A_ROW));
  const most = Math.ceil(length / rows);
  const less = most * rows - length; // rows with one card less
  const columns = less > 0 && most > 1 ? most * (most - 1) : most;
  const inRow = (place) => (place < most * (rows - less) ? most : most - 1);
  return h(
    "section",
    { class: "queues", key: "queues", "aria-label": t("queues"), "data-rows": Math.min(rows, 2), style: { "--columns": String(columns) } },
    floor.queues.map((queue, place) =>
      h("div", { class: "slot", key: queue.id, style: { "--span": String(columns / inRow(place)) } }, cardView(queue, floor, opened)),
    ),
  );
}

function cardView(queue, floor, opened) {
  const level = queueLevel(queue);
  const day = floor.dayOf(queue.id);
  const verdicts = [];
  if (!queue.open) verdicts.push(["door", t("closed"), "closed"]);
  if (level !== "none" || queue.open) verdicts.push([SIGNS[level], t(`level_${level}`), "level"]);
  return h(
    "article",
    { class: "queue", "data-level": level, "data-test": `queue-${queue.id}`, "aria-labelledby": `queue-${queue.id}` },
    h(
      "header",
      {},
      h(
        "h2",
        { id: `queue-${queue.id}` },
        h("button", { type: "button", class: "opener", onclick: () => opened.show("queue", queue.id) }, label(floor.operation, "queues", queue.id)),
      ),
      queue.notice && noticeView(queue, floor.zone),
      verdicts.map(([sign, words, name]) => h("span", { class: "verdict", key: name, "data-test": name }, icon(sign), words)),
    ),
    heroView(queue),
    figuresView(queue, day?.day),
    h("div", { class: "pictures" }, waitsPicture(day, queue, floor.zone), sharesPicture(day, queue, floor.zone)),
    h("div", { class: "staff" }, staffView(queue.agents)),
  );
}

function noticeView({ notice, overlay }, zone) {
  const until = overlay?.until ? ` · ${t("until", { at: dayTimeOf(overlay.until, zone) })}` : "";
  return h("p", { class: "queue-notice", "data-test": "notice" }, icon("info"), h("span", {}, notice + until));
}

function heroView(queue) {
  const level = waitLevel(queue.longest_wait_s, queue.target_s);
  return h(
    "div",
    { class: "hero" },
    h("p", { class: "waiting" }, h("strong", { "data-test": "waiting", style: { "--digits": String(String(queue.waiting).length) } }, numberOf(queue.waiting)), h("span", {}, t("waiting_n", { n: queue.waiting }))),
    h(
      "p",
      { class: `longest ${level}`, "data-test": "longest" },
      h("span", {}, t("longest")),
      h("strong", {}, queue.longest_wait_s === null ? "–" : [level !== "good" && icon("alert"), h("cr-clock", { ".since": sinceOf(queue) })]),
      h("span", {}, t("target", { target: lengthOf(queue.target_s) })),
    ),
    h("p", { class: "estimate", "data-test": "estimate" }, h("span", {}, t("would_wait")), h("strong", {}, estimateOf(queue))),
  );
}

/** Since when he waits who has waited longest. */
function sinceOf({ id, longest_wait_s }) {
  const since = clock.now() - longest_wait_s * 1000;
  const before = begun.get(id);
  if (before === undefined || Math.abs(Date.parse(before) - since) > JITTER_MS) begun.set(id, new Date(since).toISOString());
  return begun.get(id);
}

/** How long somebody would wait who came now, in words. */
function estimateOf({ estimated_wait_s, estimated_wait_reason }) {
  if (!estimated_wait_s) return estimated_wait_reason ? t(`estimate_${estimated_wait_reason}`) : "–";
  return rangeOf(...estimated_wait_s);
}

function rangeOf(from, to) {
  if (to < 1) return t("at_once");
  const least = lengthOf(from);
  const most = lengthOf(to);
  if (least === most) return t("about", { length: most });
  // What has the same unit says it once.
  const [number, unit, ...rest] = least.split(" ");
  return rest.length === 0 && most.endsWith(` ${unit}`) && most.split(" ").length === 2 ? `${number}–${most}` : `${least} – ${most}`;
}

function figuresView(queue, day) {
  const { recent, objective } = queue;
  const row = (name, now, today) => h("tr", {}, h("th", { scope: "row" }, name), h("td", {}, now), h("td", {}, today));
  return h(
    "table",
    { class: "figures" },
    h("caption", { class: "unseen" }, t("figures")),
    h("thead", {}, h("tr", {}, h("td"), h("th", { scope: "col" }, t("now")), h("th", { scope: "col" }, t("today")))),
    h(
      "tbody",
      {},
      row(
        [t("service_level"), h("small", {}, t("objective", { objective: percentOf(objective) }))],
        shareView(queue.service_level, objective),
        shareView(day?.service_level ?? null, objective),
      ),
      row(t("asa"), lengthOf(recent.average_speed_of_answer_s), lengthOf(day?.average_speed_of_answer_s)),
      row(t("abandoned"), lostView(recent), lostView(day)),
    ),
  );
}

function shareView(share, objective) {
  return [h("b", { class: `share-number ${shareLevel(share, objective)}` }, percentOf(share)), shareBar(share, objective)];
}

function lostView(figures) {
  if (!figures) return "–";
  const share = figures.offered > 0 ? percentOf(figures.abandoned / figures.offered) : null;
  return [numberOf(figures.abandoned), share && h("small", {}, share)];
}
