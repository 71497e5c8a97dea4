import { Component, inject, ViewContainerRef } from '@angular/core';

/** The place of the sign-in form, which most who look at a cluster never see: it is loaded where it is asked for. */
@Component({ selector: 'app-sign-in-view', template: '' })
export class SignInView {
  constructor() {
    const view = inject(ViewContainerRef);
    import('./sign-in.ts')
      .then(({ SignIn }) => view.createComponent(SignIn))
      .catch((error: unknown) => reportError(error));
  }
}
