// node encode.mjs FOLDER < texts, one JSON string a line > ids, one JSON array a line
import { createInterface } from "node:readline";
import { dirname, basename } from "node:path";
import { AutoTokenizer, env } from "@huggingface/transformers";

const folder = process.argv[2];
env.allowRemoteModels = false;
env.localModelPath = dirname(folder);
const tokenizer = await AutoTokenizer.from_pretrained(basename(folder));
for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  console.log(JSON.stringify(tokenizer.encode(JSON.parse(line))));
}
