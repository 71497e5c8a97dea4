import { Converter, ReflectionKind } from 'typedoc';

/**
 * A plugin of TypeDoc's. Modules are called what they are imported as, and not by their folders; and a fake's methods, which are
 * those of a client, have the client's words.
 *
 * @param {import('typedoc').Application} app
 */
export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const module of project.children ?? [])
      module.name = module.name === 'index' ? 'rxserf' : `rxserf/${module.name}`;
  });
  const last = -10_000;
  app.converter.on(
    Converter.EVENT_RESOLVE_END,
    ({ project }) => {
      const methodsOf = (/** @type {string} */ name) =>
        project
          .getReflectionsByKind(ReflectionKind.ClassOrInterface)
          .find((each) => each.name === name)
          ?.children.filter(({ kind }) => kind === ReflectionKind.Method) ?? [];
      const client = methodsOf('SerfClient');
      for (const method of methodsOf('FakeSerf')) {
        const original = client.find(({ name }) => name === method.name);
        method.signatures?.forEach((signature, index) => {
          signature.comment ??= original?.signatures?.[index]?.comment?.clone();
        });
      }
    },
    last,
  );
}
