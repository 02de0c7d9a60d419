// node classify.mjs FOLDER < texts, one JSON string a line > [{label, score}, …] of every label, one JSON array a line
import { createInterface } from "node:readline";
import { dirname, basename } from "node:path";
import { pipeline, env } from "@huggingface/transformers";

const folder = process.argv[2];
env.allowRemoteModels = false;
env.localModelPath = dirname(folder);
const classify = await pipeline("text-classification", basename(folder), { subfolder: "", dtype: "fp32" });
for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  console.log(JSON.stringify(await classify(JSON.parse(line), { top_k: null })));
}
