import { Component, computed, input } from '@angular/core';
import { shapePath } from '../model/tag-groups.ts';

/** The shape of a value of a tag, in a line of text. */
@Component({
  selector: 'app-group-shape',
  template:
    '<svg width="12" height="12" viewBox="-6 -6 12 12" aria-hidden="true"><path [attr.d]="path()" [style.fill]="\'var(--c\' + colour() + \')\'" /></svg>',
  styles: ':host { display: inline-flex; flex: none }',
})
export class GroupShape {
  readonly colour = input.required<number>();
  protected readonly path = computed(() => shapePath(this.colour(), 10)(0, 0));
}
