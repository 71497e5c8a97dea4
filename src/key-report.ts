/** What came of a key command, cluster-wide. */
export interface KeyReport {
  /** How many members were asked. */
  readonly nodes: number;
  /** How many answered. */
  readonly responses: number;
  /** How many of those failed. */
  readonly errors: number;
  /** What nodes had to say, by name; mostly the reasons of failures. A table as `Member.tags`. */
  readonly messages: Readonly<Record<string, string>>;
  /** With `listKeys`: how many nodes have each key (base64). A table as `Member.tags`. */
  readonly keys: Readonly<Record<string, number>>;
}
