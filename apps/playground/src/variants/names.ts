/** How the families of the kernels, and what surrounds them, are listed. */
export const families = {
  laws: "Any laws",
  diagonal: "No erase",
  delta: "Delta rule",
  lowRank: "Low rank",
  scan: "Elementwise state",
  softmax: "Softmax",
  module: "Around them",
} as const;
export type Family = keyof typeof families;

interface About {
  readonly title: string;
  readonly family: Family;
  /** What it computes. */
  readonly equation: string;
  /** Whether several value heads may share a key head. */
  readonly grouped?: boolean;
}

const row = (title: string, family: Family, equation: string, grouped = true): About => ({
  title,
  family,
  equation,
  grouped,
});

/** Every function of @webfla/ops/fla, and `laws`, which combines the laws freely. */
export const about = {
  laws: row("Choose the laws", "laws", "S = decay(S) + erase + k vᵀ, o = (scale q)ᵀ S"),
  linearAttn: row("Linear attention", "diagonal", "S += k vᵀ"),
  linearAttnNormalized: row("Linear attention, normalised", "diagonal", "S += k vᵀ, o = qᵀS / q·Σk", false),
  retention: row("RetNet", "diagonal", "S = (1 − 2^(−5−h)) S + k vᵀ"),
  lightningAttn: row("Lightning attention", "diagonal", "S = exp(−slope(h)) S + k vᵀ"),
  simpleGla: row("Simple GLA", "diagonal", "S = exp(g) S + k vᵀ"),
  mamba2: row("Mamba-2", "diagonal", "h = exp(dt A) h + dt x Bᵀ, o = h C + D x"),
  gla: row("GLA", "diagonal", "S = diag(exp(g)) S + k vᵀ"),
  rwkv6: row("RWKV-6", "diagonal", "o = (S + diag(u) k vᵀ)ᵀ r, S = diag(exp(w)) S + k vᵀ"),
  based: row("Based", "diagonal", "weights 1 + y + y²/2, y = scale q·k", false),
  rebased: row("ReBased", "diagonal", "weights (scale q·k)²", false),
  gsa: row("Gated slot attention", "diagonal", "softmax over M slots that fade by g", false),
  abc: row("ABC", "diagonal", "softmax over M slots, weighted by a softmax over time", false),
  deltaRule: row("DeltaNet", "delta", "S += k (β (v − Sᵀk))ᵀ"),
  gatedDeltaRule: row("Gated DeltaNet", "delta", "S = exp(g) S, S += k (β (v − Sᵀk))ᵀ"),
  gatedDeltaProduct: row("Gated DeltaProduct", "delta", "two delta steps a token"),
  kda: row("Kimi delta attention", "delta", "S = diag(exp(g)) S, S += k (β (v − Sᵀk))ᵀ"),
  gdn2: row("Gated DeltaNet-2", "delta", "S = diag(exp(g)) S, S += k (w⊙v − Sᵀ(b⊙k))ᵀ", false),
  gatedOjaRule: row("Gated Oja rule", "delta", "S = S diag(exp(gv)), S += β (k − S v) vᵀ"),
  precondGatedDeltaRule: row(
    "Preconditioned Gated DeltaNet",
    "delta",
    "the writing key scaled by its moment",
  ),
  precondKda: row("Preconditioned KDA", "delta", "the same, with a gate for each key channel"),
  comba: row("Comba", "lowRank", "S = exp(g) S + k (β (v − Sᵀp))ᵀ"),
  iplrDeltaRule: row("IPLR", "lowRank", "S = (I + b aᵀ) S + k vᵀ"),
  dplrDeltaRule: row("DPLR", "lowRank", "S = (diag(exp(gk)) + b aᵀ) S + k vᵀ"),
  rwkv7: row("RWKV-7", "lowRank", "S = (diag(exp(w)) + b aᵀ) S + k vᵀ"),
  hgrn: row("HGRN", "scan", "h = exp(g) h + x", false),
  mamba1: row("Mamba", "scan", "h = exp(dt A) h + dt x B, o = h·C + D x", false),
  rwkv4: row("RWKV-4", "scan", "a decaying average of v under exp(k)", false),
  attn: row("Causal attention", "softmax", "softmax over the past, grouped heads"),
  shortConv: row("Short convolution", "module", "four taps a channel, then silu", false),
  tokenShift: row("Token shift", "module", "x of the token before, minus x", false),
  rotary: row("Rotary embedding", "module", "channel pairs turned by their position", false),
  rmsnorm: row("RMS norm", "module", "x / √mean x² · weight", false),
  rmsnormGated: row("Gated RMS norm", "module", "the norm, times silu(g)", false),
  l2norm: row("L2 norm", "module", "x / √Σx²", false),
  crossEntropy: row("Cross entropy", "module", "the loss of every token", false),
} as const satisfies Record<string, About>;

export type VariantName = keyof typeof about;
export const variantNames = Object.keys(about) as VariantName[];

export const lawNames = {
  decay: ["none", "head", "scalar", "vector", "value"],
  erase: ["none", "delta", "lowRank", "oja"],
  read: ["after", "bonus"],
} as const;

export interface LawChoice {
  readonly decay: (typeof lawNames.decay)[number];
  readonly erase: (typeof lawNames.erase)[number];
  readonly read: (typeof lawNames.read)[number];
}
