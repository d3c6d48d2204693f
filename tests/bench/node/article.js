// The article of each page as Markdown, by Readability and Turndown: CPU milliseconds a page, and MB/s of CPU.
//
//   node article.js FILE...
import { readFileSync } from "node:fs";
import { Readability } from "@mozilla/readability";
import { parseHTML } from "linkedom";
import Turndown from "turndown";

const pages = process.argv.slice(2).map((file) => readFileSync(file, "utf8"));
const megabytes = pages.reduce((sum, page) => sum + Buffer.byteLength(page), 0) / 1e6;
const turndown = new Turndown();

function round() {
  const before = process.cpuUsage();
  for (const page of pages) {
    const article = new Readability(parseHTML(page).document).parse();
    if (article) turndown.turndown(article.content);
  }
  const used = process.cpuUsage(before);
  return (used.user + used.system) / 1e6;
}

round(); // compiles
const seconds = Math.min(round(), round(), round());
console.log(`readability + turndown ${(megabytes / seconds).toFixed(1)} MB/s ${((seconds / pages.length) * 1000).toFixed(2)} ms a page`);
