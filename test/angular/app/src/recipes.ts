// All recipes of docs/recipes/angular.md on one page, with clusters in it.

import { NgComponentOutlet } from '@angular/common';
import { Component, type Type } from '@angular/core';
import { bootstrapApplication } from '@angular/platform-browser';
import { Subscription } from 'rxjs';
import { binary, type Codec, connect, json } from 'rxserf';
import { provideSerf } from 'rxserf/angular';
import { EmbeddedCluster } from 'rxserf/embedded';
import { serve } from 'rxserf/server';
import { pipe } from 'rxserf/socket';
import * as recipes from './docs/recipes';

const web = (name: string) => ({ name, tags: { role: 'web' } });
const clusters = {
  main: new EmbeddedCluster({ nodes: [web('n1'), web('n2'), { name: 'n3', tags: { role: 'db' } }] }),
  eu: new EmbeddedCluster({ nodes: ['eu-1'] }),
  us: new EmbeddedCluster({ nodes: ['us-1', 'us-2'] }),
};

/** A client of a node, over a connection that the test can cut. */
function clientOf<P>(cluster: EmbeddedCluster, name: string, codec: Codec<P>) {
  let served = new Subscription();
  const client = connect('in-this-page', {
    codec,
    reconnect: { minDelay: 500, maxDelay: 500, random: () => 1 },
    socket: () => {
      const [ours, theirs] = pipe();
      served.add(serve(cluster.node(name), theirs).subscribe({ error: () => {} }));
      return ours;
    },
  });
  const cut = () => {
    served.unsubscribe();
    served = new Subscription();
  };
  return { client, cut };
}

const deploys = json<{ readonly version: string }>();
const main = clientOf(clusters.main, 'n1', binary());
/** Everything that the pages' blocks export and the compiler made a component of. */
const components = Object.entries(recipes as Record<string, unknown>).filter(
  (entry): entry is [string, Type<unknown>] => typeof entry[1] === 'function' && 'ɵcmp' in entry[1],
);

@Component({
  selector: 'app-root',
  imports: [NgComponentOutlet],
  template: `@for (recipe of recipes; track recipe[0]) {
    <section [id]="recipe[0]"><ng-container *ngComponentOutlet="recipe[1]" /></section>
  }`,
})
class Page {
  readonly recipes = components;
}

Object.assign(globalThis, {
  clusters,
  cut: main.cut,
  text: (value: string) => new TextEncoder().encode(value),
});
document.body.append(document.createElement('app-root'));
bootstrapApplication(Page, {
  providers: [
    provideSerf(() => main.client),
    provideSerf(() => clientOf(clusters.eu, 'eu-1', deploys).client, { token: recipes.EU }),
    provideSerf(() => clientOf(clusters.us, 'us-1', deploys).client, { token: recipes.US }),
  ],
}).catch((error) => console.error(error));
