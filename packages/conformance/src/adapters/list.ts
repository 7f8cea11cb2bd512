/** A WebGPU adapter that tests know of: present, or absent for a reason. */
export type AdapterInfo =
  | { readonly name: string; readonly match: string; readonly icd?: string }
  | { readonly name: string; readonly reason: string };

/** What the test runner found on this machine, read from the environment it sets; throws where it did not run. */
export function fromEnvironment<T>(variable: string): T {
  const value = process.env[variable];
  if (value === undefined)
    throw new Error(
      `adapters: ${variable} must be set, got nothing. Run the tests through vitest or pnpm test.`,
    );
  return JSON.parse(value) as T;
}

/** Every adapter that tests know of, in a fixed order: those present, and those absent with the reason. */
export const listAdapters = (): readonly AdapterInfo[] => fromEnvironment<AdapterInfo[]>("WEBFLA_ADAPTERS");
