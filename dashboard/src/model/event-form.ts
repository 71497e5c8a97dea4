/** A user event as it is written in a form. */
export interface EventForm {
  readonly name: string;
  readonly payload: string;
  readonly coalesce: boolean;
}

/** The most that Serf takes as an event unless it is told otherwise, name and payload together, in bytes. */
export const EVENT_LIMIT = 512;

const encoder = new TextEncoder();

export function eventSize({ name, payload }: EventForm): number {
  return encoder.encode(name).length + encoder.encode(payload).length;
}

/** Why it cannot be fired as it stands. What is too large is for the agent to say, which may have another limit. */
export function wrongWithEvent({ name }: EventForm, allowed: (name: string) => boolean): string | undefined {
  if (name === '') return 'An event has a name.';
  if (!allowed(name)) return 'Your role may not fire this event.';
  return undefined;
}

/** The words of the command that fires the same in a terminal. */
export function eventWords({ name, payload, coalesce }: EventForm): string[] {
  return [
    'rxserf',
    'event',
    ...(coalesce ? [] : ['--no-coalesce']),
    '--',
    name,
    ...(payload ? [payload] : []),
  ];
}
