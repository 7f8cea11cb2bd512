/** A file below the root, and the name of a test or of a table's row in it. */
export type Shown = readonly [file: string, ...names: string[]];

export interface AcceptanceCase {
  readonly id: number;
  /** What must hold. */
  readonly says: string;
  /** Public threads in which it was asked for, or did not hold. */
  readonly threads: string;
  readonly shown: readonly Shown[];
  /** Why a part of it does not apply here. */
  readonly doesNotApply?: string;
}

const conformance = "packages/conformance/test";
const laws = `${conformance}/acceptance-laws.test.ts`;
const models = `${conformance}/zoo/models.test.ts`;
const engine = `${conformance}/zoo/engine.test.ts`;
const chunked = `${conformance}/chunked.test.ts`;
const sequences = `${conformance}/gradients-sequences.test.ts`;
const oracle = "packages/reference/src/oracle/sequences.test.ts";
const cpu = "packages/reference/test/linear-attention.test.ts";
const varlen = "packages/varlen/src";

const padded = "gives the same bits for documents padded on the left, on the right, masked, or packed";
const alone = "gives a document the same bits whatever its neighbours are, and the logits that it has alone";
const cut = "goes on from what it remembers, wherever documents are cut, as if they were whole";
const decode = "decodes token by token what it prefills at once";

export const acceptanceCases: readonly AcceptanceCase[] = [
  {
    id: 1,
    says: "Padding on either side is taken out before the kernels and put back after them; a mask is for nothing else.",
    threads: "fla-org/flash-linear-attention#313",
    shown: [
      [models, padded],
      [`${varlen}/pack.test.ts`, "round-trip on either side, by varlen and by mask"],
    ],
  },
  {
    id: 2,
    says: "Explicit boundaries win over a mask.",
    threads: "fla-org/flash-linear-attention#1086, #1088, #842",
    shown: [[`${varlen}/pack.test.ts`, "lets explicit lengths win over a mask"]],
  },
  {
    id: 3,
    says: "Boundaries beside a batch of several rows are refused.",
    threads: "fla-org/flash-linear-attention#837, #839, #844",
    shown: [[`${varlen}/errors.test.ts`, "B > 1"]],
  },
  {
    id: 4,
    says: "Empty sequences are sequences: no output, and their state passes through, as does its gradient.",
    threads: "fla-org/flash-linear-attention#103; Dao-AILab/flash-attention#2568, #2470, #1537",
    shown: [
      [
        oracle,
        "passes the state of an empty sequence through",
        "is unmoved by empty sequences between the others",
      ],
      [`${varlen}/varlen.test.ts`, "keeps the id of an empty sequence"],
      [`${conformance}/chunked-gradients.test.ts`, "of a batch of empty sequences are those of the states"],
      [
        "packages/reference/test/linear-attention-gradient.test.ts",
        "empty sequences hand the state's gradient through",
      ],
    ],
  },
  {
    id: 5,
    says: "Offsets that decrease, do not begin at 0 or do not end at T are errors on the host.",
    threads: "flashserve/flash-linear-attention-npu#497",
    shown: [
      [`${varlen}/errors.test.ts`, "decreasing", "first not 0", "the last offset must equal totalTokens"],
    ],
  },
  {
    id: 6,
    says: "Sequences × heads may exceed what one axis of a dispatch holds.",
    threads: "fla-org/flash-linear-attention#1077, #1096, #1174, #1239, #172, #904",
    shown: [
      [laws, "2,050 documents of 32 heads stay within every axis of a dispatch"],
      [`${conformance}/chunked-sizes.test.ts`, "70,000 documents"],
      [
        "packages/wgsl/src/runtime/parts.test.ts",
        "covers every count with no axis beyond the limit and less than one row to spare",
      ],
    ],
  },
  {
    id: 7,
    says: "Boundaries are host data: no index list waits for the device, and none outlives the batch that it belongs to.",
    threads: "fla-org/flash-linear-attention#752, #698, #775, #770; vllm-project/vllm#38361",
    shown: [
      [`${conformance}/runtime.test.ts`, "are uploaded once a batch and key, bound to their length"],
      [`${varlen}/varlen.test.ts`, "is frozen, computes once and does not keep the caller's array"],
    ],
  },
  {
    id: 8,
    says: "Offsets never wrap around: what a u32 cannot count is refused.",
    threads: "fla-org/flash-linear-attention#803",
    shown: [
      [laws, "elements beyond what a u32 counts are refused before they are addressed"],
      [
        `${varlen}/errors.test.ts`,
        "too many tokens",
        "an array longer than a u32 can count throws before it is filled",
      ],
      ["packages/wgsl/src/runtime/failures.test.ts", "refuses at once what no buffer can hold"],
    ],
  },
  {
    id: 9,
    says: "Convolution and recurrence are cut at the same places, those of this batch.",
    threads: "THUDM/slime#1686; lmms-engine#167; radixark/miles#2213",
    shown: [
      [laws, "one batch tells the convolution and the recurrence the same boundaries"],
      [models, alone],
      [`${conformance}/leak.test.ts`, "each document alone has the logits that it has among the others"],
    ],
  },
  {
    id: 10,
    says: "Boundaries are given, not guessed; from position ids they come only where these can tell.",
    threads: "huggingface/transformers#46093, #45034, #46859, #44717, #35861",
    shown: [
      [`${varlen}/varlen.test.ts`, "positionIds, but for empty sequences"],
      [`${varlen}/errors.test.ts`, "continued"],
    ],
  },
  {
    id: 11,
    says: "Boundaries and states together: prompts, later parts of prompts and decoded tokens in one batch.",
    threads: "Dao-AILab/causal-conv1d#75, #118",
    shown: [
      [models, cut],
      [sequences, "a sequence in three parts has the gradients of the whole, through its state"],
    ],
  },
  {
    id: 12,
    says: "A convolution's state is right where a sequence is shorter than its window, and so is its gradient.",
    threads: "fla-org/flash-linear-attention#1141, #1146, #535, #546, #316",
    shown: [
      [sequences, "shortConv", "a sequence in three parts has the gradients of the whole, through its state"],
      ["packages/reference/test/sequence.test.ts", "shortConv never reads column 0 of its state"],
    ],
  },
  {
    id: 13,
    says: "Lengths [2, 1] are two prompts, not two decoded tokens.",
    threads: "fla-org/flash-linear-attention#1194; vllm-project/vllm#53051",
    shown: [[models, "takes lengths 2 and 1 for a prompt and a token, not for two decoded tokens"]],
  },
  {
    id: 14,
    says: "Several tokens behind a state go on from it.",
    threads: "huggingface/transformers#45513",
    shown: [[models, cut]],
  },
  {
    id: 15,
    says: "A last chunk that is not full leaves nothing in the state: prefill and decode are the full pass.",
    threads: "huggingface/transformers#46190, #46873; fla-org/flash-linear-attention#1142",
    shown: [
      [models, decode],
      [chunked, "go on where they were cut: %o"],
      [`${conformance}/chunked-gradients.test.ts`, "of states of several slices and tiles, with the oja law"],
    ],
  },
  {
    id: 16,
    says: "Left padding changes nothing, for recurrent models too, and for one row too.",
    threads:
      "huggingface/transformers#32677, #31540, #46773; state-spaces/mamba#66, #70; RWKV-LM#330; RWKV-PEFT#82; fla-org/flash-linear-attention#328",
    shown: [[models, padded]],
  },
  {
    id: 17,
    says: "Mamba over sequences of any lengths: boundaries, a state for each, and their gradients.",
    threads: "state-spaces/mamba#180, #383, #244, #434, #746; open-instruct#740",
    shown: [
      [`${conformance}/zoo/mamba.test.ts`, "mamba is the layer of the paper, document by document"],
      [`${conformance}/zoo/mamba2.test.ts`, "mamba2 is the layer of the paper, document by document"],
      [sequences, "mamba1", "packed is each alone, and what is shared is their sum"],
      [models, alone, cut],
    ],
  },
  {
    id: 18,
    says: "Continuous batching: rows of a state come and go, decoded tokens cost a row and not a chunk, and answers come in the order of the requests.",
    threads: "vllm-project/vllm#44700, #32678; state-spaces/mamba#521",
    shown: [
      [
        `${conformance}/chunked-cost.test.ts`,
        "a prompt of 3,000 tokens beside 60 decode rows costs its chunks and 60 rows",
      ],
      [
        engine,
        "gives each of 200 requests the tokens that it gets alone, and ends with the buffers it began with",
      ],
    ],
  },
  {
    id: 19,
    says: "A result does not depend on its neighbours.",
    threads: "vllm-project/vllm#49827",
    shown: [
      [models, alone],
      [chunked, "packed are what each is alone, bit for bit: %o"],
      [
        engine,
        "gives each of 8 requests the tokens that it gets alone, and ends with the buffers it began with",
      ],
      ["packages/reference/test/dense.test.ts", "a row of a product has the same bits wherever it lies"],
    ],
  },
  {
    id: 20,
    says: "States are kept, forked, set back and saved, and a row that is used again holds nothing of its last user.",
    threads:
      "huggingface/transformers#45846; vllm-project/vllm#30877, #25752, #50172, #40738; microsoft/onnxruntime#32232; tpu-inference#3412",
    shown: [
      [models, "restores a snapshot exactly, and forks go their own ways"],
      [engine, "forks from a snapshot, sets back to one, and goes on from a file elsewhere"],
    ],
  },
  {
    id: 21,
    says: "States and gates are f32 whatever the storage.",
    threads: "xLLM#2055; sparkinfer#998; optimum-rbln#710; fla-org/flash-linear-attention#104",
    shown: [
      [cpu, "f16 storage keeps f32 states", "gates of −20 a token and of −1000 give finite, right answers"],
      [`${conformance}/zoo/load.test.ts`, "stores matrices in half precision and vectors in full"],
    ],
  },
  {
    id: 22,
    says: "What lies behind a sequence is counted for each sequence, not for the batch or the process.",
    threads: "fla-org/flash-linear-attention#747, #748",
    shown: [
      [
        `${conformance}/zoo/properties.test.ts`,
        "goes on from a state, wherever documents are cut, as if they were whole",
      ],
      [models, cut],
    ],
  },
  {
    id: 23,
    says: "Cumulative gates are summed once where a sequence goes on behind a prefix of 70 tokens.",
    threads: "fla-org/flash-linear-attention#1176",
    shown: [
      [
        laws,
        "cumulative gates behind a prefix of 70 tokens are summed once",
        "cumulative gates behind a prefix of 70 tokens are summed once, chunk by chunk",
      ],
    ],
    doesNotApply: "log-linear attention, where it was found, is not among webfla's functions",
  },
  {
    id: 24,
    says: "RWKV-7 decays by exp(−e^(−1/2) sigmoid(d)), removes along its own key and reads by r; whatever does otherwise fails.",
    threads: "ooples/AiDotNet.Tensors#895",
    shown: [
      [laws, "the law of RWKV-7", "is not %s", "removal by the transpose", "a read by the key"],
      [`${conformance}/zoo/rwkv7.test.ts`, "rwkv7 is the time mixing of the paper, document by document"],
    ],
  },
  {
    id: 25,
    says: "The chunked gated delta rule is the recurrence: each coefficient of a chunk decays where the law says, and nowhere else.",
    threads: "NeuraLegion/shainet#170",
    shown: [[chunked, "chunked is what the law says"]],
  },
];
