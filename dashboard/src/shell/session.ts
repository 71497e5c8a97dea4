import { Injectable, inject, signal } from '@angular/core';

const KEY = 'rxserf.key';

/** Takes the key of `#key=…` into this tab's storage, and out of the address. */
export function keepKeyOfAddress(): void {
  const key = new URLSearchParams(location.hash.slice(1)).get('key');
  if (key === null) return;
  sessionStorage.setItem(KEY, key);
  history.replaceState(history.state, '', location.pathname + location.search);
}

/** The key that this tab signs in with; empty without one, which a gateway may allow. It ends with the tab. */
@Injectable({ providedIn: 'root' })
export class Session {
  readonly #key = signal(sessionStorage.getItem(KEY) ?? '');
  readonly key = this.#key.asReadonly();

  signIn(key: string): void {
    sessionStorage.setItem(KEY, key);
    this.#key.set(key);
  }

  /** Forgets the key, and with the page all that it has shown. */
  signOut(): void {
    sessionStorage.removeItem(KEY);
    location.reload();
  }
}

/** For `provideSerf`, which asks for each connection. */
export function injectKey(): string {
  return inject(Session).key();
}
