// The router's HTTP API, as the bearer of a token.

/** What the router refuses: `code` is stable, `detail` is for people. */
export class Problem extends Error {
  constructor({ status, code, detail }) {
    super(`${code}: ${detail ?? ""}`);
    this.status = status;
    this.code = code;
    this.detail = detail;
  }
}

/** The router could not be reached, or did not answer. */
export class Away extends Error {}

const BASE = "/v1/-";
/** Whoever has not answered by then is taken to be away: a connection that is dead says so after minutes only. */
const LIMIT_MS = 20_000;

export class Api {
  #token;

  constructor(token) {
    this.#token = token;
  }

  get token() {
    return this.#token;
  }

  /** What it answers. `query` holds what stands behind the question mark; null and undefined are left out. */
  get(path, query = {}, limit_ms = LIMIT_MS) {
    const asked = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== null && value !== undefined));
    return this.#call("GET", asked.size ? `${path}?${asked}` : path, { limit_ms });
  }

  /** With the `version` of a contact that was seen, it is refused where the contact has changed since. */
  post(path, body = {}, { version } = {}) {
    const seen = version === undefined ? {} : { "If-Match": String(version) };
    return this.#call("POST", path, { body, headers: { "Idempotency-Key": newKey(), ...seen } });
  }

  put(path, body) {
    return this.#call("PUT", path, { body });
  }

  patch(path, body) {
    return this.#call("PATCH", path, { body });
  }

  /** All items of a list, page after page. */
  async all(path, query = {}, most = Infinity) {
    const items = [];
    let after = query.after;
    do {
      const page = await this.get(path, { ...query, after });
      items.push(...page.items);
      after = page.next;
    } while (after !== null && items.length < most);
    return items;
  }

  async #call(method, path, { body, headers = {}, limit_ms = LIMIT_MS }) {
    let response;
    try {
      response = await fetch(BASE + path, {
        method,
        headers: {
          Authorization: `Bearer ${this.#token}`,
          ...(body === undefined ? {} : { "Content-Type": "application/json" }),
          ...headers,
        },
        body: body === undefined ? undefined : JSON.stringify(body),
        signal: AbortSignal.timeout(limit_ms),
      });
    } catch {
      throw new Away(path);
    }
    if (response.status === 204) return null;
    const said = await response.json().catch(() => {
      throw new Away(path);
    });
    if (!response.ok) throw new Problem(said);
    return said;
  }
}

/** A word that nobody has used before. */
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
