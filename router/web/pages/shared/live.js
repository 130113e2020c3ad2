// A websocket of the router that comes back by itself, behind the last event that it has told of.

import { Away, Problem, newKey } from "/pages/shared/api.js";
import { Model } from "/pages/shared/dom.js";

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;
const QUIET_MS = 10_000;
const ANSWER_MS = 5_000;
const GIVEN_UP_MS = 60_000;

/**
 * `state` is "opening", "open" or "refused" (the token is none any more). What is asked while it is away is asked again
 * when it is back, by the same key, so that it is done once.
 */
export class Live extends Model {
  #api;
  #path;
  #heard;
  #socket = null;
  #after = null;
  #asked = new Map();
  #number = 0;
  #pause = FIRST_PAUSE_MS;
  #timer = 0;
  #watching = 0;
  #ending = new AbortController();
  state = "opening";

  /** `heard` is called with each frame but answers. */
  constructor(api, path, heard) {
    super();
    this.#api = api;
    this.#path = path;
    this.#heard = heard;
  }

  /** Connect, and stay so until `stop`. */
  start() {
    const { signal } = this.#ending;
    for (const event of ["online", "offline", "focus", "pageshow"]) window.addEventListener(event, () => this.#wake(), { signal });
    document.addEventListener("visibilitychange", () => this.#wake(), { signal });
    this.#watching = setInterval(() => this.#watch(), ANSWER_MS / 2);
    this.#open();
  }

  stop() {
    this.#ending.abort();
    clearInterval(this.#watching);
    clearTimeout(this.#timer);
    this.#socket?.close(1000);
  }

  /**
   * Ask for an operation by its word on the socket. Gives what it answers; throws `Problem` where that is a refusal, `Away`
   * where nothing has answered for a minute.
   */
  ask(word, fields = {}, { once = true } = {}) {
    return new Promise((resolve, reject) => {
      const id = String(++this.#number);
      const frame = { id, do: word, ...(once ? { key: newKey() } : {}), ...fields };
      this.#asked.set(id, { frame, resolve, reject, at: Date.now() });
      this.#send(frame);
    });
  }

  /** Something may have happened to the connection: look whether it is still there, or try again at once. */
  #wake() {
    if (!navigator.onLine) {
      this.#drop();
    } else if (this.#socket === null) {
      this.#pause = FIRST_PAUSE_MS;
      clearTimeout(this.#timer);
      this.#open();
    } else {
      this.#probe();
    }
  }

  #open() {
    if (this.#socket !== null || this.#ended || this.state === "refused") return;
    const address = new URL(this.#path, location.href);
    address.protocol = address.protocol.replace("http", "ws");
    if (this.#after !== null) address.searchParams.set("after", String(this.#after));
    const socket = new WebSocket(address, ["contact-router.v1", `bearer.${this.#api.token}`]);
    socket.begunAt = Date.now();
    this.#socket = socket;
    socket.onopen = () => {
      socket.opened = true;
      socket.heardAt = Date.now();
      this.#pause = FIRST_PAUSE_MS;
      this.#set("open");
      for (const { frame } of this.#asked.values()) this.#send(frame);
    };
    socket.onmessage = (event) => this.#read(socket, JSON.parse(event.data));
    socket.onclose = (event) => this.#closed(socket, event.code);
  }

  #read(socket, frame) {
    if (socket !== this.#socket) return;
    socket.heardAt = Date.now();
    socket.probedAt = null;
    if (frame.type === "answer") {
      const asked = this.#asked.get(frame.to);
      this.#asked.delete(frame.to);
      if (frame.status < 400) asked?.resolve(frame.body);
      // The store is away, or the process is just going: it is asked again when it is back.
      else if (frame.status === 503 && asked) setTimeout(() => this.#again(frame.to, asked), FIRST_PAUSE_MS * 4);
      else asked?.reject(new Problem(frame.body));
      return;
    }
    // Behind a snapshot that resumes comes what was missed: it is not heard yet, and the connection may be lost again.
    if (!frame.resumed) this.#after = Math.max(this.#after ?? 0, frame.seq);
    this.#heard(frame);
  }

  #again(id, asked) {
    this.#asked.set(id, asked);
    this.#send(asked.frame);
  }

  get #ended() {
    return this.#ending.signal.aborted;
  }

  #send(frame) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(frame));
  }

  async #closed(socket, code) {
    if (socket !== this.#socket) return;
    this.#socket = null;
    if (this.#ended) return;
    this.#set("opening");
    // 4410: the store has lost what was told last. The numbers are another store's, so begin anew.
    if (code === 4410) this.#after = null;
    if (!socket.opened || code === 4401) await this.#whyNot();
    if (this.#ended || this.state === "refused" || this.#socket !== null) return;
    this.#timer = setTimeout(() => this.#open(), this.#pause * (0.5 + Math.random() / 2));
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE_MS);
  }

  /** A browser does not say why a websocket was refused: ask. Where only the socket is, what it wanted to go on with is gone. */
  async #whyNot() {
    try {
      await this.#api.get("/me", {}, ANSWER_MS);
      this.#after = null;
    } catch (error) {
      if (error instanceof Problem && (error.status === 401 || error.status === 403)) {
        this.#set("refused");
        this.stop();
      }
    }
  }

  /** A dead connection closes itself after minutes only: whoever has been quiet is asked for a sign of life. */
  #watch() {
    const now = Date.now();
    for (const [id, { at, reject }] of this.#asked) {
      if (now - at > GIVEN_UP_MS) {
        this.#asked.delete(id);
        reject(new Away(this.#path));
      }
    }
    const socket = this.#socket;
    if (socket === null) return;
    if (!socket.opened) {
      // What was on its way when the network went is on its way for minutes.
      if (now - socket.begunAt > QUIET_MS) this.#drop();
    } else if (socket.probedAt && now - socket.probedAt > ANSWER_MS) this.#drop();
    else if (now - socket.heardAt > QUIET_MS) this.#probe();
  }

  #probe() {
    const socket = this.#socket;
    if (socket?.readyState !== WebSocket.OPEN || socket.probedAt) return;
    socket.probedAt = Date.now();
    socket.send(JSON.stringify({ id: "probe", do: "ack", seq: 0 }));
  }

  #drop() {
    const socket = this.#socket;
    if (socket === null) return;
    socket.close();
    this.#closed(socket, 1006);
  }

  #set(state) {
    this.state = state;
    this.changed();
  }
}
