export const output: string;
export function generate(): Promise<string>;
