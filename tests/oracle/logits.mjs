// node logits.mjs FOLDER DTYPE < texts, one JSON string a line > {ids, logits of the last token}, one JSON object a line
import { createInterface } from "node:readline";
import { dirname, basename } from "node:path";
import { AutoModelForCausalLM, AutoTokenizer, env } from "@huggingface/transformers";

const [folder, dtype] = process.argv.slice(2);
env.allowRemoteModels = false;
env.localModelPath = dirname(folder);
const tokenizer = await AutoTokenizer.from_pretrained(basename(folder));
const model = await AutoModelForCausalLM.from_pretrained(basename(folder), { dtype, device: "cpu" });
for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  const inputs = tokenizer(JSON.parse(line));
  const { logits } = await model(inputs);
  const [, length, vocabulary] = logits.dims;
  const last = Array.from(logits.to("float32").data.slice((length - 1) * vocabulary));
  console.log(JSON.stringify({ ids: Array.from(inputs.input_ids.data, Number), logits: last }));
}
