export const page = async (x: unknown): Promise<string> => JSON.stringify(x);
