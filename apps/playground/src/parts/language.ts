// uPlot formats numbers in the browser's language when it loads, and a POSIX locale is none that Intl knows
try {
  Intl.getCanonicalLocales(navigator.language);
} catch {
  Object.defineProperty(navigator, "language", { value: "en" });
}
