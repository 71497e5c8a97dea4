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
  {
    path: 'query',
    title: 'Query · rxserf',
    loadComponent: () => import('./pages/query/query-page.ts').then((page) => page.QueryPage),
  },
  {
    path: 'logs',
    title: 'Logs · rxserf',
    loadComponent: () => import('./pages/logs/logs-page.ts').then((page) => page.LogsPage),
  },
  {
    path: 'agent',
    title: 'Agent · rxserf',
    loadComponent: () => import('./pages/agent/agent-page.ts').then((page) => page.AgentPage),
  },
  {
    path: 'keys',
    title: 'Keys · rxserf',
    loadComponent: () => import('./pages/keys/keys-page.ts').then((page) => page.KeysPage),
  },
  { path: '**', redirectTo: 'members' },
];

/** What the navigation has, for those who may use its command. */
export const PAGES: readonly { readonly path: string; readonly label: string; readonly command?: string }[] =
  [
    { path: '/members', label: 'Members' },
    { path: '/events', label: 'Events' },
    { path: '/map', label: 'Map' },
    { path: '/query', label: 'Query', command: 'query' },
    { path: '/logs', label: 'Logs', command: 'monitor' },
    { path: '/agent', label: 'Agent', command: 'stats' },
    { path: '/keys', label: 'Keys', command: 'list-keys' },
  ];
