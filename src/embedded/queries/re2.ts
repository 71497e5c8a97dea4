import { RE2JS } from 're2js';
import { type Observable, of } from 'rxjs';

/** The engine that compiles patterns: Go's RE2, as a package. */
export type Re2 = typeof RE2JS;

/** The engine. On Node it is there at once; see `re2.browser.ts`. */
export const re2$: Observable<Re2> = of(RE2JS);
