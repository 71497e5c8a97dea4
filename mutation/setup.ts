import { beforeEach } from 'vitest';

/**
 * What looks at every byte, or at megabytes, to say what others say by example: a mutant that lives would run all of it. Whatever they
 * alone would notice counts as not noticed, unless `--thorough`.
 */
const LONG = [
  'gives the same frames wherever it is cut in two',
  'with a single byte of its own anywhere',
  'a value of any head byte in the place of any other',
  'every text of one or two bytes is different',
  'texts of many chunks come out',
  'a long text whose beginning is cut',
  'a megabyte that is not UTF-8',
  'a peer that dribbles a message for ever',
  'a flood of short messages leaves nothing behind',
  'bytes that come after the end are not kept',
  'is given back when it is larger than 4 MiB',
  'doubles: every byte is copied',
  'a reply of 10,000 members',
  'a reply of 2 MB',
];

if (process.env['MUTATION_THOROUGH'] === undefined)
  beforeEach(({ task, skip }) => {
    const name = `${task.suite?.name} ${task.name}`;
    if (LONG.some((long) => name.includes(long))) skip();
  });
