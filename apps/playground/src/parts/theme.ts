import { signal } from "@preact/signals";

const query = matchMedia("(prefers-color-scheme: dark)");

/** Whether the page is dark: what is painted by hand follows it. */
export const dark = signal(query.matches);
query.addEventListener("change", ({ matches }) => {
  dark.value = matches;
});
