// The quick start of docs/recipes/angular.md, as `ng new` starts it.
import { bootstrapApplication } from '@angular/platform-browser';
import { App } from './docs/app';
import { appConfig } from './docs/app.config';

document.body.append(document.createElement('app-root'));
bootstrapApplication(App, appConfig).catch((error) => console.error(error));
