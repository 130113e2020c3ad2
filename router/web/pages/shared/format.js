// Numbers, times and lengths of time as people read them, in the chosen language.

import { settings } from "/pages/shared/settings.js";
import { t } from "/pages/shared/words.js";

/** Milliseconds as a clock shows them: 0:07, 12:34, 1:02:03. */
export function clockOf(ms) {
  const whole = Math.max(0, Math.floor(ms / 1000));
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  const two = (number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** Seconds in the fewest words that say enough: 8 s, 2 min, 1 h 20 min. A dash where it is not known. */
export function lengthOf(seconds) {
  if (seconds === null || seconds === undefined) return "–";
  const whole = Math.round(seconds);
  if (whole < 90) return t("seconds", { n: whole });
  const minutes = Math.round(whole / 60);
  if (minutes < 60) return t("minutes", { n: minutes });
  return t("hours", { h: Math.floor(minutes / 60), m: minutes % 60 });
}

/** A share from 0 to 1 as a whole percent. A dash where there is none. */
export function percentOf(share) {
  if (share === null || share === undefined) return "–";
  return new Intl.NumberFormat(settings.language, { style: "percent", maximumFractionDigits: 0 }).format(share);
}

/** A number with its thousands apart. */
export function numberOf(number, digits = 0) {
  if (number === null || number === undefined) return "–";
  return new Intl.NumberFormat(settings.language, { maximumFractionDigits: digits }).format(number);
}

/** A moment's time of day: 14:05. With `zone`, there. */
export function timeOf(moment, zone) {
  return dated(moment, { hour: "2-digit", minute: "2-digit" }, zone);
}

/** A moment's time to the second. */
export function exactTimeOf(moment, zone) {
  return dated(moment, { hour: "2-digit", minute: "2-digit", second: "2-digit" }, zone);
}

/** A moment's day: 30 November. */
export function dayOf(moment, zone) {
  return dated(moment, { day: "numeric", month: "long" }, zone);
}

/** A moment's day and time. */
export function dayTimeOf(moment, zone) {
  return dated(moment, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" }, zone);
}

/** Bytes: 81 KB, 2.4 MB. */
export function sizeOf(bytes) {
  if (bytes === null || bytes === undefined) return "";
  const mega = bytes >= 1_000_000;
  return `${numberOf(bytes / (mega ? 1_000_000 : 1_000), mega ? 1 : 0)} ${t(mega ? "megabytes" : "kilobytes")}`;
}

/** To make a format takes longer than to show a message. */
const formats = new Map();

function dated(moment, shape, timeZone) {
  const name = JSON.stringify([settings.language, shape, timeZone]);
  const format = formats.get(name) ?? new Intl.DateTimeFormat(settings.language, { ...shape, timeZone, hourCycle: "h23" });
  formats.set(name, format);
  return format.format(new Date(moment));
}
