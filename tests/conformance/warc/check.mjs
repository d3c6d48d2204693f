// Reads a WARC file by warcio.js and holds every record to what it says of itself: the digests of block and
// payload, the framing of the message. Prints a line a record: type, status, bytes of the payload, URL.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { WARCParser } from "warcio";

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

function base32(bytes) {
  let text = "";
  let bits = "";
  for (const b of bytes) bits += b.toString(2).padStart(8, "0");
  for (let i = 0; i < bits.length; i += 5) text += alphabet[parseInt(bits.slice(i, i + 5), 2)];
  return text;
}

const sha1 = (bytes) => "sha1:" + base32(createHash("sha1").update(bytes).digest());

function require(promise, what, record) {
  if (promise) return;
  console.error(`${what}: ${record.warcHeader("WARC-Record-ID")}`);
  process.exitCode = 1;
}

const file = process.argv[2];
for await (const record of new WARCParser(createReadStream(file), { parseHttp: false })) {
  const block = await record.readFully(false);
  require(record.warcHeader("WARC-Block-Digest") === sha1(block), "block digest", record);
  require(Number(record.warcHeader("Content-Length")) === block.length, "length", record);
}
for await (const record of new WARCParser(createReadStream(file))) {
  const payload = await record.readFully(false);
  const type = record.warcType;
  if (type === "response") {
    require(record.warcHeader("WARC-Payload-Digest") === sha1(payload), "payload digest", record);
    const length = record.httpHeaders.headers.get("Content-Length");
    require(length === null || Number(length) === payload.length, "framing", record);
  }
  console.log(type, record.httpHeaders?.statusCode || "-", payload?.length ?? 0, record.warcTargetURI ?? "-");
}
