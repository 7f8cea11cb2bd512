// Documents of any lengths, scored in packed passes: node scripts/run.mjs examples/score [CHECKPOINT] [TEXT…]
import { createCpu } from "@webfla/reference";
import { fromPretrained, score } from "@webfla/zoo";
import { directoryFiles } from "@webfla/zoo/node";

const [folder = "packages/conformance/fixtures/checkpoints/gdn-byte", ...given] = process.argv.slice(2);
const ops = createCpu();
// in a browser: fromPretrained("https://…/gdn-byte/", …), or the files of an <input type="file" multiple>
const { model, tokenizer } = await fromPretrained(directoryFiles(folder), { ops });
if (!tokenizer) throw new Error(`${folder} must have a tokenizer, got none.`);
const texts = given.length ? given : ["Call me Ishmael.", "Fellow citizens of the Senate:", "qzxv"];
const documents = texts.map((text) => tokenizer.encode(text));

const scores = await score(model, documents, { tokenBudget: 512 });
for (const [i, { bitsPerToken, tokens }] of scores.entries())
  console.log(`${bitsPerToken.toFixed(2)} bits a token over ${tokens}: ${texts[i]}`);
model.dispose();
