/** What a page remembers on this machine. Browsers may forbid it; then nothing is remembered, and nothing fails. */
export function recall(key: string): string | null {
  try {
    return globalThis.localStorage.getItem(key)
  } catch {
    return null
  }
}

export function remember(key: string, value: string): void {
  try {
    globalThis.localStorage.setItem(key, value)
  } catch {
    // Private windows and policies forbid storage: the page works without.
  }
}

/** The same for this tab alone, until it is closed: a reload remembers, another tab doesn't know. */
export function recallHere(key: string): string | null {
  try {
    return globalThis.sessionStorage.getItem(key)
  } catch {
    return null
  }
}

export function rememberHere(key: string, value: string): void {
  try {
    globalThis.sessionStorage.setItem(key, value)
  } catch {
    // As above.
  }
}
