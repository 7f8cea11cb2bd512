import type { Page } from "playwright-core";

/** A browser as the tests of a tab use it. */
export interface Visitor {
  readonly webgpu: boolean;
  /** Opens a new page every time: a link is all that it starts from. */
  open(tab: string, state?: Readonly<Record<string, string | readonly string[]>>): Promise<Page>;
  /** What a person reads there. */
  shown(selector: string): Promise<string>;
  figure(name: string): Promise<string>;
}

/** The part of a link that says what a page shows. */
export function linkTo(tab: string, state: Readonly<Record<string, string | readonly string[]>>): string {
  const query = Object.entries(state).flatMap(([name, value]) =>
    [value].flat().map((v) => [name, v as string]),
  );
  return `#/${tab}?${new URLSearchParams(query)}`;
}
