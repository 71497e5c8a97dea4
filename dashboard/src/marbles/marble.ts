import { Component, computed, input } from '@angular/core';

/** Which drawing a status or a mark has. */
const DRAWINGS: Readonly<Record<string, string>> = { join: 'alive' };

/** A marble around the origin of an SVG; colours are in styles.css. */
@Component({
  selector: '[marble]',
  host: { '[attr.class]': '"marble k-" + kind()' },
  template: `
    @switch (drawing()) {
      @case ('alive') { <svg:circle r="4.75" fill="currentColor" /> }
      @case ('leaving') {
        <svg:circle r="4.5" fill="var(--surface)" stroke="currentColor" stroke-width="1.5" />
        <svg:path d="M0-4.5A4.5 4.5 0 0 0 0 4.5Z" fill="currentColor" />
      }
      @case ('failed') { <svg:path d="M-4-4 4 4M4-4-4 4" stroke="currentColor" stroke-width="2.5" /> }
      @case ('left') { <svg:path d="M-5 0H3.5M3.5-4.75v9.5" fill="none" stroke="currentColor" stroke-width="2" /> }
      @case ('flapping') {
        <svg:path d="M-5.5 3.8-2.75-3.8 0 3.8 2.75-3.8 5.5 3.8" fill="none" stroke="currentColor" stroke-width="1.9" />
      }
      @case ('update') { <svg:path d="M0-4.25 4.25 0 0 4.25-4.25 0Z" fill="currentColor" /> }
      @case ('reap') {
        <svg:circle r="4.25" fill="var(--surface)" stroke="currentColor" stroke-width="1.5" />
        <svg:path d="M-4.5 4.5 4.5-4.5" stroke="currentColor" stroke-width="1.5" />
      }
      @case ('user') {
        <svg:circle r="7.5" fill="currentColor" />
        <svg:text class="letter" y="3.5">{{ label() }}</svg:text>
      }
      @case ('query') {
        <svg:circle r="6.75" fill="var(--surface)" stroke="currentColor" stroke-width="1.5" />
        <svg:text class="letter open" y="3.5">{{ label() }}</svg:text>
      }
      @case ('many') {
        <svg:circle r="11" fill="currentColor" />
        <svg:text class="letter" y="3.5">{{ label() }}</svg:text>
      }
      @case ('drops') { <svg:path d="M0-5 5.5 4.5H-5.5Z" fill="currentColor" /> }
      @case ('gap') { <svg:path d="M-5 0H5" stroke="currentColor" stroke-width="2" stroke-dasharray="2 2" /> }
    }
  `,
})
export class Marble {
  readonly kind = input.required<string>({ alias: 'marble' });
  readonly label = input('');
  protected readonly drawing = computed(() => DRAWINGS[this.kind()] ?? this.kind());
}
