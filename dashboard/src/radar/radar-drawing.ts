import { Component, computed, DestroyRef, ElementRef, inject, input, output, signal } from '@angular/core';
import { takeUntilDestroyed } from '@angular/core/rxjs-interop';
import { injectSliced } from '../cluster/slices.ts';
import { blipsIn, distanceText, groupsText, type Lasso, lassoOf, lassoPath } from '../model/lasso.ts';
import { type Blip, bareRadar, type Radar, type Sector } from '../model/radar.ts';
import { type LabelWish, placeLabels } from '../model/radar-labels.ts';
import { radarPaths } from '../model/radar-paths.ts';
import {
  arcPath,
  blipAt,
  blipPoint,
  NARROW,
  type Point,
  pointAt,
  radarView,
  radiusOf,
  rimLabel,
  ringLabelAngle,
  ringsOf,
  wedgePath,
} from '../model/radar-view.ts';
import { rttText } from '../model/rtt.ts';
import { finish } from '../model/steps.ts';
import { visibleText } from '../model/visible-text.ts';
import { Keyboard } from '../shell/keyboard.ts';

/** So many characters of a name are a label. */
const NAME = 24;
/** A pointer finds a dot so far away, in px. */
const REACH = 14;
/** A press that moves no further is a click, in px. */
const STILL = 6;
/** So many of those who are searched for, and of those who are not alive, are tried to be labelled: of thousands most have no room. */
const LABELLED = 100;
/** Who have a label whatever they are near to. */
const WORDS = { failed: 'failed', leaving: 'leaving', flapping: 'flapping' } as const;

const NOTHING = finish(
  pictureSteps({ width: 0, height: 0, further: 0, radar: bareRadar({ name: '' }), small: false }),
);

/** Members around one of them: the distance is the round trip, to scale. A picture: what it shows is in a table beside it, too. */
@Component({
  selector: 'app-radar-drawing',
  templateUrl: './radar-drawing.html',
  styleUrl: './radar-drawing.css',
  host: {
    role: 'img',
    '[attr.aria-label]': 'text()',
    '[class.lassoed]': 'lassoing()',
    '[class.pen]': 'pen()',
    '(pointerenter)': "pen.set(lassoing() && $event.pointerType === 'pen')",
    '(pointerdown)': 'press($event)',
    '(pointermove)': 'move($event)',
    '(pointerup)': 'release()',
    '(lostpointercapture)': 'giveUp()',
    '(pointerleave)': 'hovered.set(undefined)',
    '(click)': 'pick($event)',
  },
})
export class RadarDrawing {
  readonly radar = input.required<Radar>();
  /** How many decades further its rings are. */
  readonly further = input(0);
  /** A small one has no labels but those of its sectors. */
  readonly small = input(false);
  readonly selected = input<Blip>();
  /** Who is nearest to the selected one. */
  readonly neighbours = input<readonly string[]>([]);
  /** Who is searched for. */
  readonly hits = input<ReadonlySet<string>>(new Set());
  readonly picks = output<Blip>();
  /** Whether a part of it can be taken by a drag, and the part that is. */
  readonly lassoing = input(false);
  readonly lasso = input<Lasso>();
  /** Another part is taken. */
  readonly takes = output<Lasso>();
  /** None is to be taken any more. */
  readonly clears = output();

  protected readonly hovered = signal<Blip | undefined>(undefined);
  /** A pen scrolls a page as a finger does, unless that is said before it touches. */
  protected readonly pen = signal(false);
  /** A press that may become a drag; from there on, to where it has come and what it takes. */
  #pressed: Point | undefined;
  #isDrag = false;
  readonly #drag = signal<{ readonly to: Point; readonly lasso: Lasso | undefined } | undefined>(undefined);
  readonly #element = inject<ElementRef<HTMLElement>>(ElementRef).nativeElement;
  readonly #size = signal({ width: 0, height: 0 });
  readonly #ink = new OffscreenCanvas(1, 1).getContext('2d');

  /** What is drawn is of one moment: of ten thousand members the one before, until all dots of the next have their place. */
  readonly #picture = injectSliced(
    computed(() => ({ ...this.#size(), further: this.further(), radar: this.radar(), small: this.small() })),
    pictureSteps,
    NOTHING,
  );
  protected readonly sized = computed(() => this.#picture().width > 0);
  protected readonly view = computed(() => this.#picture().view);
  readonly #shown = computed(() => this.#picture().radar);
  /** A path for each colour and each status, whatever the number of members. */
  protected readonly dots = computed(() => this.#picture().dots);
  protected readonly narrow = computed(() => this.#picture().width < NARROW);
  protected readonly sectors = computed(() => {
    const view = this.view();
    const { sectors } = this.#shown();
    return sectors.map((sector) => {
      const { from, to, median, colour } = sector;
      const middle = (from + to) / 2;
      const below = Math.cos(middle) < 0;
      const { name, words, trip } = wordsOf(sector, sectors.length > 1);
      return {
        colour: `var(--c${colour})`,
        id: `arc-${colour}`,
        area: sectors.length > 1 ? wedgePath(view, sector) : undefined,
        edge: pointAt(view, from, view.outer),
        rim: arcPath(view, from, to, view.outer),
        median:
          median === undefined ? undefined : arcPath(view, from + 0.06, to - 0.06, radiusOf(view, median)),
        // Read from the outside, whichever side of the circle it is on.
        along: arcPath(view, from, to, view.outer + (below ? 16 : 6), below),
        arcText: median === undefined ? name : `${name} · ${rttText(median)} ms`,
        name,
        text: trip ? `${words} · ${trip}` : words,
        lines: [words, trip],
        ...rimLabel(view, middle),
      };
    });
  });
  protected readonly taken = computed(() => {
    const drag = this.#drag();
    const lasso = drag ? drag.lasso : this.lasso();
    return lasso && lassoPath(this.view(), this.#shown().sectors, lasso);
  });
  /** What a drag takes, in words beside the pointer. */
  protected readonly said = computed(() => {
    const drag = this.#drag();
    if (!drag) return undefined;
    const { lasso, to } = drag;
    const { sectors, blips } = this.#shown();
    const count = lasso ? blipsIn(lasso, sectors, blips).length : 0;
    const text = lasso
      ? [distanceText(lasso), groupsText(lasso), `${count} ${count === 1 ? 'member' : 'members'}`]
          .filter(Boolean)
          .join(' · ')
      : 'others have no value in common: take all sectors';
    const { width, height } = this.#picture();
    const half = Math.min(width, this.#measure(text) + 24) / 2;
    return {
      text,
      x: Math.max(half, Math.min(width - half, to.x)),
      y: Math.max(0, Math.min(height - 24, to.y < 48 ? to.y + 24 : to.y - 40)),
    };
  });
  protected readonly rings = computed(() => {
    const view = this.view();
    const angle = ringLabelAngle(this.#shown().sectors);
    const rings = ringsOf(view.further);
    return rings.map(({ ms, decade }, index) => {
      const radius = radiusOf(view, ms);
      const last = index === rings.length - 1;
      const text = decade || view.outer > 150 ? `${ms < 1 ? ms.toFixed(1) : ms}${last ? ' ms' : ''}` : '';
      return { radius, decade, text, ...pointAt(view, angle, radius) };
    });
  });

  protected readonly spoke = computed(() => {
    const view = this.view();
    const selected = this.selected();
    if (!selected) return undefined;
    const { x, y } = blipPoint(view, selected);
    const { centre } = view;
    const bar = pointAt(view, selected.angle, radiusOf(view, selected.ms) * 0.4);
    const across = { x: 3 * Math.cos(selected.angle), y: 3 * Math.sin(selected.angle) };
    const names = new Set(this.neighbours());
    const near = this.#shown().blips.filter(({ name }) => names.has(name));
    return {
      x,
      y,
      centre,
      bar: { x1: bar.x - across.x, y1: bar.y - across.y, x2: bar.x + across.x, y2: bar.y + across.y },
      lines: near.map((blip) => blipPoint(view, blip)),
    };
  });

  protected readonly labels = computed(() => {
    if (this.small()) return [];
    const view = this.view();
    const { blips, origin } = this.#shown();
    const wishes: LabelWish[] = [];
    const named = new Set<string>();
    const wish = (blip: Blip, kind: string, text = visibleText(blip.name, NAME), away = 10) => {
      if (named.has(blip.name)) return;
      named.add(blip.name);
      wishes.push({ text, at: blipPoint(view, blip), away, kind });
    };
    const selected = this.selected();
    if (selected)
      wish(
        selected,
        'selected',
        `${visibleText(selected.name, NAME)} ${rttText(selected.ms)} ± ${rttText(selected.error)} ms`,
        14,
      );
    wishes.push({ text: visibleText(origin, NAME), at: view.centre, away: 15, kind: 'origin' });
    const hovered = this.hovered();
    if (hovered) wish(hovered, 'hovered', `${visibleText(hovered.name, NAME)} ${rttText(hovered.ms)} ms`);
    const hits = this.hits();
    const neighbours = new Set(this.neighbours());
    for (const blip of blips.filter(({ name }) => hits.has(name)).slice(0, LABELLED)) wish(blip, 'hit');
    for (const blip of blips.filter(({ status }) => status in WORDS).slice(0, LABELLED)) wish(blip, 'status');
    for (const blip of blips) if (neighbours.has(blip.name)) wish(blip, 'near');
    for (const blip of blips.slice(-3)) wish(blip, 'far');
    const { width, height } = this.#picture();
    return placeLabels(wishes, {
      width,
      height,
      dots: this.dots().cells,
      taken: [
        ...this.rings()
          .filter(({ text }) => text)
          .map(({ x, y }) => ({ x: x - 20, y: y - 8, width: 40, height: 16 })),
        ...this.sectors().map(({ box }) => box),
      ],
      within: this.narrow() ? { centre: view.centre, radius: view.outer } : undefined,
      most: width < NARROW ? 12 : 40,
      measure: (text) => this.#measure(text),
    });
  });

  protected readonly text = computed(() => {
    const { origin, blips, sectors } = this.radar();
    const [nearest] = blips;
    const farthest = blips.at(-1);
    const one = (blip: Blip) => `${visibleText(blip.name, NAME)}, ${rttText(blip.ms)} ms`;
    const ends = nearest && farthest ? ` The nearest is ${one(nearest)}; the farthest ${one(farthest)}.` : '';
    const sentences = sectors.map((sector) => {
      const { name, words, trip } = wordsOf(sector, sectors.length > 1);
      return `${name}: ${words}${trip && `, ${trip}`}`;
    });
    return `Estimated round trips from ${visibleText(origin, NAME)} to ${blips.length} members.${ends} ${sentences.join('; ')}`;
  });

  constructor() {
    const observer = new ResizeObserver(([entry]) => {
      if (entry) this.#size.set({ width: entry.contentRect.width, height: entry.contentRect.height });
    });
    observer.observe(this.#element);
    inject(DestroyRef).onDestroy(() => observer.disconnect());
    inject(Keyboard)
      .escape$.pipe(takeUntilDestroyed())
      .subscribe(() => {
        if (!this.giveUp()) this.clears.emit();
      });
    if (this.#ink) this.#ink.font = `500 12px ${getComputedStyle(document.body).fontFamily}`;
  }

  protected press(event: PointerEvent): void {
    const { button, isPrimary, pointerType } = event;
    this.#isDrag = false;
    // A finger scrolls the page.
    const mayDrag = this.lassoing() && button === 0 && isPrimary && pointerType !== 'touch';
    this.#pressed = mayDrag ? this.#pointOf(event) : undefined;
    // What becomes of it is heard outside of the picture, too.
    if (mayDrag) this.#element.setPointerCapture(event.pointerId);
  }

  protected move(event: PointerEvent): void {
    const to = this.#pointOf(event);
    const from = event.buttons === 1 ? this.#pressed : undefined;
    if (from && Math.hypot(to.x - from.x, to.y - from.y) > STILL) this.#isDrag = true;
    const isDrag = from !== undefined && this.#isDrag;
    this.hovered.set(isDrag ? undefined : this.#blipOf(event));
    if (isDrag) this.#drag.set({ to, lasso: lassoOf(this.view(), this.#shown().sectors, from, to) });
  }

  protected release(): void {
    const lasso = this.#drag()?.lasso;
    this.giveUp();
    if (lasso) this.takes.emit(lasso);
  }

  /** @returns whether there was a drag */
  protected giveUp(): boolean {
    const dragged = this.#drag() !== undefined;
    this.#pressed = undefined;
    this.#drag.set(undefined);
    return dragged;
  }

  protected pick(event: MouseEvent): void {
    if (this.#isDrag) return;
    const blip = this.#blipOf(event);
    if (blip) this.picks.emit(blip);
  }

  #blipOf(event: MouseEvent): Blip | undefined {
    return blipAt(this.view(), this.#shown().blips, this.#pointOf(event), REACH);
  }

  #pointOf({ clientX, clientY }: MouseEvent): Point {
    const { left, top } = this.#element.getBoundingClientRect();
    return { x: clientX - left, y: clientY - top };
  }

  #measure(text: string): number {
    return (this.#ink?.measureText(text).width ?? 8 * text.length) + 4;
  }
}

function* pictureSteps({
  width,
  height,
  further,
  radar,
  small,
}: {
  readonly width: number;
  readonly height: number;
  readonly further: number;
  readonly radar: Radar;
  readonly small: boolean;
}) {
  const view = radarView(width, height, further);
  const most = small ? undefined : Math.max(0, ...radar.sectors.map(({ count }) => count));
  return { width, height, view, radar, dots: yield* radarPaths(view, radar.blips, most) };
}

/** What is said of a sector, beside others or alone. */
function wordsOf({ group, count, median }: Sector, others: boolean) {
  return {
    name: visibleText(group ?? (others ? 'other' : 'all'), NAME),
    words: `${count} ${count === 1 ? 'member' : 'members'}`,
    trip: median === undefined ? '' : `median ${rttText(median)} ms`,
  };
}
