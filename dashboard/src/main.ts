import { provideBrowserGlobalErrorListeners } from '@angular/core';
import { bootstrapApplication } from '@angular/platform-browser';
import { provideRouter } from '@angular/router';
import { provideSerf } from 'rxserf/angular';
import { routes } from './routes.ts';
import { injectKey, keepKeyOfAddress } from './shell/session.ts';
import { Shell } from './shell/shell.ts';
import { applyTheme } from './shell/theme.ts';

// Before anything reads the address: a key does not stay in it.
keepKeyOfAddress();
applyTheme();

/** The gateway is beside this page, wherever a proxy has put both. */
const gateway = new URL('serf', document.baseURI).pathname;

bootstrapApplication(Shell, {
  providers: [
    provideBrowserGlobalErrorListeners(),
    provideRouter(routes),
    provideSerf(gateway, { authKey: injectKey }),
  ],
}).catch((error: unknown) => reportError(error));
