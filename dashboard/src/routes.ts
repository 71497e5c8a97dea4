import type { Routes } from '@angular/router';

/** Each is one segment: what a page shows is in its parameters, so the page works below any path that a proxy gives it. */
export const routes: Routes = [
  {
    path: 'members',
    title: 'Members · rxserf',
    loadComponent: () => import('./pages/members/members-page.ts').then((page) => page.MembersPage),
  },
  {
    path: 'events',
    title: 'Events · rxserf',
    loadComponent: () => import('./pages/events/events-page.ts').then((page) => page.EventsPage),
  },
  {
    path: 'member',
    title: 'Member · rxserf',
    loadComponent: () => import('./pages/member/member-page.ts').then((page) => page.MemberPage),
  },
  {
    path: 'map',
    title: 'Map · rxserf',
    loadComponent: () => import('./pages/map/map-page.ts').then((page) => page.MapPage),
  },
  { path: '**', redirectTo: 'members' },
];

/** What the navigation has. */
export const PAGES = [
  { path: '/members', label: 'Members' },
  { path: '/events', label: 'Events' },
  { path: '/map', label: 'Map' },
] as const;
