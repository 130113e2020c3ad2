// Describing what a page shows, and bringing the page to it: `h` describes an element, `patch` makes it so and keeps every
// node that stays, with its focus, its scroll and what is typed in it.

const SVG = "http://www.w3.org/2000/svg";
const DRAWN = new Set(["svg", "path", "circle", "rect", "line", "polyline", "g"]);

/**
 * An element. Properties: `class`, `style` (an object), `on…` (a function), `.name` (a property of the node), `key` (which
 * one it is among its siblings), `ref` (called with the node once); all others are attributes: true is an empty one, false,
 * null and undefined none. Children are elements, texts, numbers, lists of these; null and false are nothing. An element
 * of ours, with a dash in its name, shows its children itself.
 */
export function h(tag, properties, ...children) {
  return { tag, properties: properties ?? {}, children: children.flat(Infinity).filter(shown) };
}

const shown = (child) => child !== null && child !== undefined && child !== false && child !== true && child !== "";

const described = new WeakMap();

/** Make `parent` show these children. */
export function patch(parent, children) {
  const old = described.get(parent) ?? new Map();
  const made = new Map();
  const unnamed = new Map();
  const nodes = [];
  for (const child of [children].flat(Infinity).filter(shown)) {
    const tag = child.tag ?? "#text";
    let name = child.properties?.key;
    if (name === undefined) {
      name = unnamed.get(tag) ?? 0;
      unnamed.set(tag, name + 1);
    }
    const id = `${tag} ${name}`;
    const before = old.get(id);
    const node = before?.node ?? create(child);
    update(node, before?.child, child);
    if (made.has(id)) throw new Error(`two children are called ${id}`);
    made.set(id, { node, child });
    nodes.push(node);
  }
  for (const [id, { node }] of old) if (!made.has(id)) node.remove();
  let next = parent.firstChild;
  for (const node of nodes) {
    if (node === next) next = next.nextSibling;
    else parent.insertBefore(node, next);
  }
  described.set(parent, made);
}

function create(child) {
  if (child.tag === undefined) return document.createTextNode("");
  const node = DRAWN.has(child.tag) ? document.createElementNS(SVG, child.tag) : document.createElement(child.tag);
  child.properties.ref?.(node);
  return node;
}

function update(node, before, child) {
  if (child.tag === undefined) {
    if (node.data !== String(child)) node.data = String(child);
    return;
  }
  const old = before?.properties ?? {};
  for (const name of Object.keys(old)) if (!(name in child.properties)) set(node, name, undefined);
  // What a node holds is set after its children: a list's value is one of its options.
  const held = Object.keys(child.properties).filter((name) => name.startsWith("."));
  for (const [name, value] of Object.entries(child.properties)) {
    if (!name.startsWith(".") && value !== old[name]) set(node, name, value);
  }
  if (!child.tag.includes("-")) patch(node, child.children);
  for (const name of held) if (node[name.slice(1)] !== child.properties[name]) node[name.slice(1)] = child.properties[name];
}

function set(node, name, value) {
  if (name === "key" || name === "ref" || name.startsWith(".")) return;
  if (name.startsWith("on")) node[name] = value ?? null;
  else if (name === "style") restyle(node, value ?? {});
  else if (value === null || value === undefined || value === false) node.removeAttribute(name);
  else node.setAttribute(name, value === true ? "" : String(value));
}

function restyle(node, style) {
  for (const name of [...node.style]) if (!(name in style)) node.style.removeProperty(name);
  for (const [name, value] of Object.entries(style)) node.style.setProperty(name, value);
}

/** Something that changes, and those who want to know. */
export class Model {
  #watchers = new Set();

  /** Call `watcher` after each change, until the function that is returned is called. */
  watch(watcher) {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** It has changed. */
  changed() {
    for (const watcher of [...this.#watchers]) watcher();
  }
}

/** A part of a page: an element that shows its `view()`, once a frame at most, whenever something that it watches changes. */
export class Part extends HTMLElement {
  #stops = [];
  #frame = 0;

  /** What it shows. */
  view() {
    return [];
  }

  /** After what it shows has been shown. */
  drawn() {}

  /** The models that it shows. */
  watches() {
    return [];
  }

  connectedCallback() {
    for (const model of this.watches()) this.#stops.push(model.watch(() => this.update()));
    this.draw();
  }

  disconnectedCallback() {
    for (const stop of this.#stops.splice(0)) stop();
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
  }

  /** Show it anew with the next frame. */
  update() {
    if (this.#frame === 0 && this.isConnected) this.#frame = requestAnimationFrame(() => this.draw());
  }

  /** Show it now. */
  draw() {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    patch(this, this.view());
    this.drawn();
  }
}

/** Make a class an element. */
export function define(name, part) {
  customElements.define(name, part);
}
