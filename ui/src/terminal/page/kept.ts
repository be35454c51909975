// Kept: what this browser, or this tab, remembers between two loads of the page.

const keys = { token: "porthole.token", session: "porthole.session" } as const;

export const kept = {
  get token(): string | null {
    return localStorage.getItem(keys.token);
  },
  set token(token: string | null) {
    put(localStorage, keys.token, token);
  },
  /** The session belongs to the tab: another tab has its own. */
  get sessionToken(): string | null {
    return sessionStorage.getItem(keys.session);
  },
  set sessionToken(token: string | null) {
    put(sessionStorage, keys.session, token);
  },
  /** Drops what former versions kept here and the server keeps now: commands, which it can forget, and a preference. */
  dropFormer(): void {
    localStorage.removeItem("porthole.history");
    localStorage.removeItem("porthole.split");
  },
};

function put(store: Storage, key: string, value: string | null): void {
  if (value === null) store.removeItem(key);
  else store.setItem(key, value);
}

/** Why a text cannot be a pairing token, or null when it can. */
export function tokenProblem(text: string): string | null {
  if (!text) return "Paste the token that Porthole shows in its tray window, or that `porthole token` prints.";
  if (!text.startsWith("ph1_")) return "A pairing token begins with ph1_. This looks like something else.";
  if (!/^ph1_[A-Za-z0-9_-]+$/.test(text)) return "There is a character in it that no token has. Copy it again, whole.";
  if (text.length < 40) return "The token is cut off. Copy it again, whole.";
  return null;
}
