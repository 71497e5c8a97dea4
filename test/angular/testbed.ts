// Angular's own packages are compiled in part: the rest is done here, by the compiler.
import '@angular/compiler';
import { provideZonelessChangeDetection, VERSION } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { BrowserTestingModule, platformBrowserTesting } from '@angular/platform-browser/testing';
import { afterEach, beforeEach } from 'vitest';

const wanted = /angular-(\d+)/.exec(process.env['RXSERF_ANGULAR'] ?? '')?.[1] ?? '22';
if (wanted !== VERSION.major) throw new Error(`Angular ${VERSION.full}, and not ${wanted}`);

TestBed.initTestEnvironment(BrowserTestingModule, platformBrowserTesting());
// The default from Angular 21 on.
if (!('Zone' in globalThis))
  beforeEach(() => void TestBed.configureTestingModule({ providers: [provideZonelessChangeDetection()] }));
afterEach(() => void TestBed.resetTestingModule());
