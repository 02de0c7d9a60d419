"use strict";
const $ = id => document.getElementById(id);
const shown = 5;
let model = { labels: [], maxTexts: 256, maxTextLength: 50000, maxBodyBytes: 4 << 20 };
let key = "";

async function call(path, body) {
  const headers = key ? { Authorization: "Bearer " + key } : {};
  if (body !== undefined) headers["Content-Type"] = "application/json";
  for (let attempt = 0; ; attempt++) {
    const response = await fetch(path, { method: body === undefined ? "GET" : "POST", headers, body: body === undefined ? undefined : JSON.stringify(body) });
    if (response.status === 429 && attempt < 30) {
      await new Promise(done => setTimeout(done, 1000));
      continue;
    }
    const answer = await response.json();
    if (response.status === 401) $("key-form").hidden = false;
    if (!response.ok) throw new Error(answer.error.message);
    return answer;
  }
}

async function describe() {
  model = await call("v1/model");
  $("key-form").hidden = true;
  $("name").textContent = model.name;
  document.title = model.name;
  $("labels").textContent = model.labels.length <= 12 ? "Labels: " + model.labels.join(", ") : model.labels.length + " labels";
}

function say(id, text, failed) {
  $(id).textContent = text;
  $(id).classList.toggle("error", Boolean(failed));
}

function element(tag, name, text) {
  const made = document.createElement(tag);
  made.className = name;
  if (text !== undefined) made.textContent = text;
  return made;
}

function bar(share, first) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 100 10");
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  const rect = document.createElementNS(space, "rect");
  rect.setAttribute("width", String(100 * share));
  rect.setAttribute("height", "10");
  if (first) rect.setAttribute("class", "first");
  svg.append(rect);
  return svg;
}

function answer(text, result) {
  const item = document.createElement("li");
  item.append(element("p", "text", text));
  const bars = element("div", "bars");
  const ranked = Object.entries(result.probabilities).sort((a, b) => b[1] - a[1]);
  ranked.slice(0, shown).forEach(([label, share], i) => {
    const name = element("span", i ? "name" : "name first", label);
    name.title = label;
    bars.append(name, bar(share, i === 0), element("span", "share", (100 * share).toFixed(1) + " %"));
  });
  item.append(bars);
  const remarks = [];
  if (result.label === null) remarks.push("Not sure enough for a label.");
  if (ranked.length > shown) remarks.push("and " + (ranked.length - shown) + " more labels below these.");
  if (result.truncated) remarks.push("The text is longer than the model reads; its end did not count.");
  if (remarks.length) item.append(element("p", "remark", remarks.join(" ")));
  return item;
}

/* Cuts texts into calls that keep to the service's limits. */
async function classify(texts, progress) {
  const results = [];
  const size = new TextEncoder();
  for (let at = 0; at < texts.length;) {
    const part = [];
    let bytes = 64;
    while (at + part.length < texts.length && part.length < model.maxTexts) {
      const text = texts[at + part.length].slice(0, model.maxTextLength).toWellFormed();
      bytes += size.encode(JSON.stringify(text)).length + 1;
      if (part.length && bytes > model.maxBodyBytes) break;
      part.push(text);
    }
    results.push(...(await call("v1/classify", { texts: part })).results);
    at += part.length;
    if (progress) progress(at);
  }
  return results;
}

$("key-form").addEventListener("submit", async event => {
  event.preventDefault();
  key = $("key").value.trim();
  try { await describe(); say("texts-status", ""); } catch (e) { say("texts-status", e.message, true); }
});

$("texts-form").addEventListener("submit", async event => {
  event.preventDefault();
  const texts = $("texts").value.split("\n").map(line => line.trim()).filter(line => line);
  if (!texts.length) return say("texts-status", "Type or paste a text first.");
  const button = event.target.querySelector("button");
  button.disabled = true;
  say("texts-status", "…");
  try {
    const results = await classify(texts);
    $("answers").replaceChildren(...texts.map((text, i) => answer(text, results[i])));
    say("texts-status", texts.length === 1 ? "1 text" : texts.length + " texts");
  } catch (e) {
    say("texts-status", e.message, true);
  }
  button.disabled = false;
});

/* RFC 4180: quoted fields may hold commas, quotes (doubled) and line ends. */
function parse(text) {
  const rows = [];
  let row = [], field = "", quoted = false, i = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  for (; i < text.length; i++) {
    const c = text[i];
    if (quoted) {
      if (c !== '"') field += c;
      else if (text[i + 1] === '"') { field += c; i++; }
      else quoted = false;
    } else if (c === '"' && field === "") quoted = true;
    else if (c === ",") { row.push(field); field = ""; }
    else if (c === "\n" || c === "\r") {
      if (c === "\r" && text[i + 1] === "\n") i++;
      row.push(field);
      if (row.length > 1 || row[0] !== "") rows.push(row);
      row = []; field = "";
    } else field += c;
  }
  if (quoted) throw new Error("A quoted field does not end; is this a CSV file?");
  row.push(field);
  if (row.length > 1 || row[0] !== "") rows.push(row);
  return rows;
}

const write = rows => rows.map(row => row.map(cell => /[",\r\n]/.test(cell) ? '"' + cell.replaceAll('"', '""') + '"' : cell).join(",")).join("\n") + "\n";

let table = null;

async function take(file) {
  $("table").hidden = false;
  $("download").hidden = true;
  $("counts").replaceChildren();
  $("table-name").textContent = file.name;
  try {
    const rows = parse(new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer()));
    if (rows.length < 2) throw new Error("The file holds no rows below its header.");
    const wrong = rows.findIndex(row => row.length !== rows[0].length);
    if (wrong >= 0) throw new Error(`Row ${wrong} has ${rows[wrong].length} fields; the header has ${rows[0].length}.`);
    table = { name: file.name, rows };
    $("column").replaceChildren(...rows[0].map((name, i) => new Option(name, String(i))));
    const guess = rows[0].findIndex(name => name.toLowerCase() === "text");
    $("column").value = String(Math.max(guess, 0));
    $("start").disabled = false;
    say("table-status", rows.length - 1 + (rows.length === 2 ? " row" : " rows"));
    if (guess >= 0) await label();
  } catch (e) {
    table = null;
    $("start").disabled = true;
    say("table-status", e instanceof TypeError ? "The file is not UTF-8; save it as UTF-8." : e.message, true);
  }
}

async function label() {
  if (!table) return;
  const { rows, name } = table, column = Number($("column").value), body = rows.slice(1), began = Date.now();
  $("start").disabled = true;
  $("progress").hidden = false;
  $("progress").value = 0;
  try {
    const results = await classify(body.map(row => row[column]), done => {
      $("progress").value = done / body.length;
      const left = Math.ceil((Date.now() - began) / done * (body.length - done) / 1000);
      say("table-status", `${done} of ${body.length} rows` + (left > 1 ? `, about ${left} s left` : ""));
    });
    const labelled = [[...rows[0], "predicted", "confidence"], ...body.map((row, i) => [...row, results[i].label ?? "", results[i].confidence.toFixed(6)])];
    const counts = new Map();
    for (const result of results) counts.set(result.label ?? "(none)", (counts.get(result.label ?? "(none)") ?? 0) + 1);
    const bars = element("div", "bars");
    for (const [text, count] of [...counts].sort((a, b) => b[1] - a[1])) bars.append(element("span", "name", text), bar(count / results.length, true), element("span", "share", String(count)));
    $("counts").replaceChildren(bars);
    const link = $("download");
    if (link.href) URL.revokeObjectURL(link.href);
    link.href = URL.createObjectURL(new Blob([write(labelled)], { type: "text/csv" }));
    link.download = name.replace(/\.csv$/i, "") + "-labelled.csv";
    link.textContent = "Download " + link.download;
    link.hidden = false;
    say("table-status", `${results.length} rows labelled`);
  } catch (e) {
    say("table-status", e.message, true);
  }
  $("progress").hidden = true;
  $("start").disabled = false;
}

$("start").addEventListener("click", label);
$("file").addEventListener("change", event => { if (event.target.files[0]) take(event.target.files[0]); event.target.value = ""; });
for (const [type, over] of [["dragover", true], ["dragleave", false], ["drop", false]]) {
  $("drop").addEventListener(type, event => {
    event.preventDefault();
    $("drop").classList.toggle("over", over);
    if (type === "drop" && event.dataTransfer.files[0]) take(event.dataTransfer.files[0]);
  });
}
describe().catch(e => say("texts-status", e.message, true));
