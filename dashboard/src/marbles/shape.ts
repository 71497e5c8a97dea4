import { Component, input } from '@angular/core';
import { Marble } from './marble.ts';

/** A marble in a line of text. */
@Component({
  selector: 'app-shape',
  imports: [Marble],
  template: `<svg [attr.width]="size()" [attr.height]="size()" [attr.viewBox]="'-' + size() / 2 + ' -' + size() / 2 + ' ' + size() + ' ' + size()" aria-hidden="true"><g [marble]="kind()" [label]="label()" /></svg>`,
  styles: ':host { display: inline-flex; flex: none }',
})
export class Shape {
  readonly kind = input.required<string>();
  readonly label = input('');
  readonly size = input(12);
}
