/** The colour of a document or prompt, as far from its neighbours' as the golden angle takes it. */
export const hueOf = (index: number) => ({ "--hue": String((25 + index * 137.508) % 360) });
