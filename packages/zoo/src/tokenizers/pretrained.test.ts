import { UnsupportedError } from "@webfla/ops";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { blobFiles } from "../checkpoints";
import { applyChatTemplate, byteTokenizer, pretrainedTokenizer, tokenizerFor } from ".";

/** The characters that byte-level vocabularies write bytes as. */
function byteCharacters(): string[] {
  const printable = (b: number) => (b >= 33 && b <= 126) || (b >= 161 && b !== 173);
  let next = 256;
  return Array.from({ length: 256 }, (_, b) => String.fromCodePoint(printable(b) ? b : next++));
}

const characters = byteCharacters();
const special = (id: number, content: string) => ({
  id,
  content,
  special: true,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
});

/** Bytes, "hi", and what opens and closes a document. */
const json = {
  version: "1.0",
  added_tokens: [special(300, "<s>"), special(301, "</s>"), special(302, "<|user|>")],
  normalizer: null,
  pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true },
  post_processor: {
    type: "TemplateProcessing",
    single: [{ SpecialToken: { id: "<s>", type_id: 0 } }, { Sequence: { id: "A", type_id: 0 } }],
    pair: [],
    special_tokens: { "<s>": { id: "<s>", ids: [300], tokens: ["<s>"] } },
  },
  decoder: { type: "ByteLevel" },
  model: {
    type: "BPE",
    vocab: Object.fromEntries([...characters.map((c, b) => [c, b] as const), ["hi", 256]]),
    merges: ["h i"],
  },
};
const config = {
  bos_token: { content: "<s>" },
  eos_token: "</s>",
  chat_template:
    "{{ bos_token }}{% for m in messages %}{% if m.role == 'robot' %}{{ raise_exception('no robots') }}{% endif %}<|{{ m.role }}|>{{ m.content }}{% endfor %}{% if add_generation_prompt %}:{% endif %}",
};
const tokenizer = await pretrainedTokenizer({ tokenizer: json, config });
const text = fc.string({ unit: "grapheme" });

describe("a tokenizer of tokenizer.json", () => {
  it("has the file's ids, and opens and closes as the file says", () => {
    expect(tokenizer).toMatchObject({ vocabSize: 303, bos: 300, eos: 301 });
    expect([...tokenizer.encode("hi h")]).toEqual([300, 256, 32, 104]);
    expect([...tokenizer.encode("hi", { bos: false, eos: true })]).toEqual([256, 301]);
    expect([...tokenizer.encode("")]).toEqual([300]);
    expect(tokenizer.decode([300, 256, 301])).toBe("hi");
    expect(tokenizer.decode([])).toBe("");
  });

  it("gives every text back, at once and token by token", () => {
    const property = fc.property(text, (written) => {
      const tokens = tokenizer.encode(written, { eos: true });
      expect(tokenizer.decode(tokens)).toBe(written);
      const stream = tokenizer.stream();
      expect([...tokens].map((t) => stream.push(t)).join("") + stream.end()).toBe(written);
    });
    fc.assert(property);
  });

  it("streams what decoding gives, for tokens that are no text too", () => {
    const anything = fc.array(fc.oneof(fc.nat(255), fc.constantFrom(256, 0xf0, 0x9f, 0x90, 0x8b)), {
      minLength: 1,
      maxLength: 80,
    });
    const property = fc.property(anything, (tokens) => {
      const stream = tokenizer.stream();
      expect(tokens.map((t) => stream.push(t)).join("") + stream.end()).toBe(tokenizer.decode(tokens));
    });
    fc.assert(property);
  });

  it("holds a character back until its last byte", () => {
    const stream = tokenizer.stream();
    expect([0xf0, 0x9f, 0x90, 0x8b, 33].map((b) => stream.push(b))).toEqual(["", "", "", "🐋", "!"]);
    expect(stream.push(0xf0) + stream.end()).toBe("\ufffd");
  });

  it("of an unknown kind is refused", async () => {
    const odd = pretrainedTokenizer({ tokenizer: { ...json, model: { type: "Oracle" } } });
    await expect(odd).rejects.toThrow(UnsupportedError);
  });
});

describe("applyChatTemplate", () => {
  it("gives the tokens of the checkpoint's own template", () => {
    const messages = [{ role: "user", content: "hi" }];
    expect([...applyChatTemplate(tokenizer, messages)]).toEqual([300, 302, 256, 58]);
    expect([...applyChatTemplate(tokenizer, messages, { addGenerationPrompt: false })]).toEqual([
      300, 302, 256,
    ]);
  });

  it("passes on what the template refuses, and says where there is none", async () => {
    expect(() => applyChatTemplate(tokenizer, [{ role: "robot", content: "" }])).toThrow("no robots");
    expect(() => applyChatTemplate(byteTokenizer, [])).toThrow("must have a chat_template");
    const broken = await pretrainedTokenizer({ tokenizer: json, template: "{% for %}" });
    expect(() => applyChatTemplate(broken, [])).toThrow(UnsupportedError);
  });
});

describe("tokenizerFor", () => {
  const files = (entries: Record<string, unknown>) =>
    blobFiles(
      new Map(
        Object.entries(entries).map(([name, value]) => [
          name,
          new Blob([typeof value === "string" ? value : JSON.stringify(value)]),
        ]),
      ),
    );
  const bytes = { bos_token_id: 256, eos_token_id: 257, vocab_size: 264 };

  it("takes the file where there is one", async () => {
    const named = { "tokenizer.json": json, "tokenizer_config.json": config, "chat_template.jinja": "own" };
    const found = await tokenizerFor(files(named), { config: bytes });
    expect(found?.chat?.([])).toBe("own");
    expect(found?.eos).toBe(301);
  });

  it("takes bytes where the checkpoint says so, and nothing else for granted", async () => {
    expect(await tokenizerFor(files({}), { config: bytes })).toBe(byteTokenizer);
    const said = files({ "tokenizer_config.json": { tokenizer_class: "ByteTokenizer" } });
    expect(await tokenizerFor(said, { config: {} })).toBe(byteTokenizer);
    for (const other of [{}, { ...bytes, bos_token_id: 1 }, { ...bytes, vocab_size: 256 }, null])
      expect(await tokenizerFor(files({}), { config: other })).toBeUndefined();
    await expect(tokenizerFor(files({ "tokenizer.json": "{" }), { config: bytes })).rejects.toThrow(
      "must be JSON",
    );
  });

  it("opens a conversation in bytes as documents open, which its template cannot", async () => {
    const chat = await tokenizerFor(files({ "chat_template.jinja": "{{ messages[0].content }}:" }), {
      config: bytes,
    });
    expect([...applyChatTemplate(chat!, [{ role: "user", content: "a" }])]).toEqual([256, 97, 58]);
  });
});
