// Who is signed in on this page. The token comes by the address's fragment, which no server sees, or by the form; it is kept
// for as long as the tab lives, and another tab of the same place is given it. What else a tab keeps goes with it.

// A supervisor's wall and an agent's desk may be open in one browser.
const NAME = `token ${location.pathname}`;
const others = new BroadcastChannel("contact-router");
const ASKING_MS = 200;

others.addEventListener("message", ({ data }) => {
  if (data.name !== NAME) return;
  const token = sessionStorage.getItem(NAME);
  if (data.want && token !== null) others.postMessage({ name: NAME, token });
  if (data.leave) signedOut?.();
});

// A link that is followed where the page is already.
window.addEventListener("hashchange", () => takeGiven() && location.reload());

let signedOut = null;

/** Call `then` when this person has signed out in another tab. */
export function whenSignedOut(then) {
  signedOut = then;
}

/** The token that this tab has, or is given by its address or by another tab; null where there is none. */
export async function findToken() {
  takeGiven();
  return sessionStorage.getItem(NAME) ?? (await askOthers());
}

/** Take the token out of the address, and keep it. Gives whether there was one. */
function takeGiven() {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given === null) return false;
  history.replaceState(null, "", location.pathname + location.search);
  keepToken(given);
  return true;
}

/** What this tab keeps from now on is this person's; what it has of another is gone. */
export function keepToken(token) {
  if (![null, token].includes(sessionStorage.getItem(NAME))) sessionStorage.clear();
  sessionStorage.setItem(NAME, token);
}

/** Forget it here; with `everywhere`, in all tabs. */
export function dropToken({ everywhere = false } = {}) {
  sessionStorage.clear();
  if (everywhere) others.postMessage({ name: NAME, leave: true });
}

function askOthers() {
  return new Promise((resolve) => {
    const timer = setTimeout(() => done(null), ASKING_MS);
    const hear = ({ data }) => data.name === NAME && data.token && done(data.token);
    function done(token) {
      clearTimeout(timer);
      others.removeEventListener("message", hear);
      if (token !== null) keepToken(token);
      resolve(token);
    }
    others.addEventListener("message", hear);
    others.postMessage({ name: NAME, want: true });
  });
}
