import { mkdirSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { violations } from './harness.ts';

const SHOTS = '.cache/dashboard';

export const themes = ['light', 'dark'] as const;
export const sizes = {
  '1440': { width: 1440, height: 900 },
  '1024': { width: 1024, height: 768 },
  '390': { width: 390, height: 844 },
};
export type Size = keyof typeof sizes;
/** Each theme in each size. */
export const cases = themes.flatMap((theme) =>
  Object.keys(sizes).map((size) => [theme, size as Size] as const),
);

/** Takes a picture of a page for people to look at; axe finds nothing wrong with it, and nothing sticks out of its window. */
export function looksOf(page: Page, size: Size, theme: (typeof themes)[number]) {
  mkdirSync(SHOTS, { recursive: true });
  return async (state: string): Promise<void> => {
    await settled(page);
    await page.screenshot({ path: `${SHOTS}/${state}-${size}-${theme}.png` });
    expect(await violations(page), `${state}, ${size}, ${theme}`).toEqual([]);
    expect(await sticksOut(page), `${state}, ${size}, ${theme}`).toEqual([]);
  };
}

/** Until no transition is under way: a colour between two has another contrast. */
async function settled(page: Page): Promise<void> {
  await page.evaluate(`Promise.all(document.getAnimations()
    .filter((each) => each.effect.getComputedTiming().endTime !== Infinity)
    .map((each) => each.finished.catch(() => {})))`);
}

/** The same in each theme and size, one after the other; a page that has no transitions has each at once. */
export function looksEverywhere(page: Page) {
  return async (state: string): Promise<void> => {
    for (const [theme, size] of cases) {
      await page.setViewportSize(sizes[size]);
      await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
      await page.evaluate(
        'new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))',
      );
      await looksOf(page, size, theme)(state);
    }
    await page.setViewportSize(sizes['1440']);
  };
}

/** What is wider than the window, or stands beside it, where nothing scrolls to it or cuts it off. */
export function sticksOut(page: Page): Promise<string[]> {
  return page.evaluate(`
    const cut = (element) => {
      for (let at = element.parentElement; at && at !== document.body; at = at.parentElement)
        if (getComputedStyle(at).overflowX !== 'visible') return true;
      return false;
    };
    const wide = [...document.querySelectorAll('body *')].filter((element) => {
      const { left, right, width, height } = element.getBoundingClientRect();
      return width > 1 && height > 1 && (right > innerWidth + 1 || left < -1) && !cut(element);
    });
    // What scrolls down is not to scroll sideways as well.
    const sideways = [...document.querySelectorAll('body *')].filter((element) =>
      /auto|scroll/.test(getComputedStyle(element).overflowY) && element.scrollWidth > element.clientWidth + 1
        && !element.matches('pre, code[tabindex], textarea, .kinds, app-counts'));
    // Nothing scrolls to what is to the left of where it begins.
    const lost = [...document.querySelectorAll('button, a, input')].filter((element) => {
      const { left, width } = element.getBoundingClientRect();
      let at = element.parentElement;
      while (at && !/auto|scroll/.test(getComputedStyle(at).overflowX)) at = at.parentElement;
      return width > 1 && at && left + at.scrollLeft < at.getBoundingClientRect().left - 1;
    });
    // The header is a line.
    const header = document.querySelector('header');
    const high = header ? [...header.querySelectorAll('*')].filter((element) =>
      element.getBoundingClientRect().bottom > header.getBoundingClientRect().bottom + 1) : [];
    const { scrollWidth, clientWidth } = document.documentElement;
    [
      ...(scrollWidth > clientWidth ? ['the page, by ' + (scrollWidth - clientWidth) + ' px'] : []),
      ...[...wide, ...sideways, ...lost, ...high].map((element) => element.outerHTML.slice(0, 200)),
    ];
  `);
}
