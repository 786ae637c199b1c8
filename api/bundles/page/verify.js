/* Judges the files of a proof pack. Nothing is fetched and nothing is trusted but the key: RFC 6962 hashes,
   RFC 9162 section 2.1.3.2, C2SP signed-note, tlog-checkpoint, tlog-cosignature and tlog-proof.
   api/bundles/judging.py judges by the same rules; tests hold the two to one verdict. */
"use strict";
const huisheng = (() => {
  const FORMAT = "huisheng/proof-pack@v1", PROOF = "c2sp.org/tlog-proof@v1", DASH = "— ", HASH = 32;
  const utf8 = new TextDecoder("utf-8", {fatal: true, ignoreBOM: true}), bytesOf = new TextEncoder();

  /* `where` is the number of the entry, 0 for the pack itself. */
  class Bad extends Error { constructor(code, where = 0) { super(code); this.code = code; this.where = where; } }
  const must = (holds, code, where) => { if (!holds) throw new Bad(code, where); };

  // ---------------------------------------------------------------- bytes
  const joined = (...parts) => {
    const all = new Uint8Array(parts.reduce((n, part) => n + part.length, 0));
    let at = 0;
    for (const part of parts) { all.set(part, at); at += part.length; }
    return all;
  };
  const same = (a, b) => a.length === b.length && a.every((byte, n) => byte === b[n]);
  const encoded = bytes => { let s = ""; for (const byte of bytes) s += String.fromCharCode(byte); return btoa(s); };
  const decoded = (text, where) => {
    must(typeof text === "string" && /^[A-Za-z0-9+/]*={0,2}$/.test(text) && text.length % 4 === 0, "base64", where);
    const found = Uint8Array.from(atob(text), letter => letter.charCodeAt(0));
    must(encoded(found) === text, "base64", where);
    return found;
  };
  const textOf = (bytes, code, where) => {
    try { return utf8.decode(bytes); } catch { throw new Bad(code, where); }
  };
  const hex = bytes => [...bytes].map(byte => byte.toString(16).padStart(2, "0")).join("");
  const bigOf = bytes => bytes.length ? BigInt("0x" + hex(bytes)) : 0n;
  const number = (text, code, where) => {
    must(/^(0|[1-9][0-9]{0,18})$/.test(text) && Number.isSafeInteger(Number(text)), code, where);
    return Number(text);
  };

  // ---------------------------------------------------------------- SHA-256, SHA-512 (FIPS 180-4)
  const primes = count => {
    const found = [];
    for (let n = 2; found.length < count; n++) if (found.every(p => n % p)) found.push(n);
    return found;
  };
  const root = (n, power, bits) => { /* the first bits of the fractional part of a square or cube root */
    const wanted = BigInt(n) << BigInt(bits * power);
    let low = 0n, high = 1n << BigInt(bits + 10);
    while (high - low > 1n) { const middle = (low + high) >> 1n; if (middle ** BigInt(power) <= wanted) low = middle; else high = middle; }
    return low & ((1n << BigInt(bits)) - 1n);
  };
  const K512 = primes(80).map(p => root(p, 3, 64)), H512 = primes(8).map(p => root(p, 2, 64));
  const K256 = Uint32Array.from(K512.slice(0, 64), k => Number(k >> 32n)), H256 = H512.map(h => Number(h >> 32n));

  const padded = (data, block, tail) => {
    const all = new Uint8Array(Math.ceil((data.length + 1 + tail) / block) * block);
    all.set(data); all[data.length] = 0x80;
    new DataView(all.buffer).setBigUint64(all.length - 8, BigInt(data.length) * 8n);
    return all;
  };
  const sha256 = data => {
    const all = padded(data, 64, 8), view = new DataView(all.buffer), h = Uint32Array.from(H256), w = new Uint32Array(64);
    const turn = (x, n) => (x >>> n) | (x << (32 - n));
    for (let at = 0; at < all.length; at += 64) {
      for (let t = 0; t < 16; t++) w[t] = view.getUint32(at + 4 * t);
      for (let t = 16; t < 64; t++) {
        const x = w[t - 15], y = w[t - 2];
        w[t] = w[t - 16] + (turn(x, 7) ^ turn(x, 18) ^ (x >>> 3)) + w[t - 7] + (turn(y, 17) ^ turn(y, 19) ^ (y >>> 10));
      }
      let [a, b, c, d, e, f, g, i] = h;
      for (let t = 0; t < 64; t++) {
        const one = (i + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + K256[t] + w[t]) | 0;
        const two = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
        i = g; g = f; f = e; e = (d + one) | 0; d = c; c = b; b = a; a = (one + two) | 0;
      }
      [a, b, c, d, e, f, g, i].forEach((x, n) => { h[n] += x; });
    }
    const found = new DataView(new ArrayBuffer(32));
    h.forEach((x, n) => found.setUint32(4 * n, x));
    return new Uint8Array(found.buffer);
  };
  const sha512 = data => {
    const all = padded(data, 128, 16), view = new DataView(all.buffer), h = [...H512], w = Array(80);
    const cut = x => BigInt.asUintN(64, x), turn = (x, n) => (x >> BigInt(n)) | cut(x << BigInt(64 - n));
    for (let at = 0; at < all.length; at += 128) {
      for (let t = 0; t < 16; t++) w[t] = view.getBigUint64(at + 8 * t);
      for (let t = 16; t < 80; t++) {
        const x = w[t - 15], y = w[t - 2];
        w[t] = cut(w[t - 16] + (turn(x, 1) ^ turn(x, 8) ^ (x >> 7n)) + w[t - 7] + (turn(y, 19) ^ turn(y, 61) ^ (y >> 6n)));
      }
      let [a, b, c, d, e, f, g, i] = h;
      for (let t = 0; t < 80; t++) {
        const one = i + (turn(e, 14) ^ turn(e, 18) ^ turn(e, 41)) + ((e & f) ^ (cut(~e) & g)) + K512[t] + w[t];
        const two = (turn(a, 28) ^ turn(a, 34) ^ turn(a, 39)) + ((a & b) ^ (a & c) ^ (b & c));
        i = g; g = f; f = e; e = cut(d + one); d = c; c = b; b = a; a = cut(one + two);
      }
      [a, b, c, d, e, f, g, i].forEach((x, n) => { h[n] = cut(h[n] + x); });
    }
    const found = new DataView(new ArrayBuffer(64));
    h.forEach((x, n) => found.setBigUint64(8 * n, x));
    return new Uint8Array(found.buffer);
  };

  // ---------------------------------------------------------------- Ed25519 (RFC 8032), for browsers without it
  const P = 2n ** 255n - 19n, L = 2n ** 252n + 27742317777372353535851937790883648493n;
  const mod = x => { const rest = x % P; return rest < 0n ? rest + P : rest; };
  const power = (x, n) => { let found = 1n; for (x = mod(x); n; n >>= 1n, x = x * x % P) if (n & 1n) found = found * x % P; return found; };
  const D = mod(-121665n * power(121666n, P - 2n)), ROOT = power(2n, (P - 1n) / 4n);
  const add = ([x1, y1, z1, t1], [x2, y2, z2, t2]) => {
    const a = mod((y1 - x1) * (y2 - x2)), b = mod((y1 + x1) * (y2 + x2)), c = mod(2n * D * t1 * t2), d = mod(2n * z1 * z2);
    const e = b - a, f = d - c, g = d + c, h = b + a;
    return [mod(e * f), mod(g * h), mod(f * g), mod(e * h)];
  };
  const times = (n, point) => { let found = [0n, 1n, 1n, 0n]; for (; n; n >>= 1n, point = add(point, point)) if (n & 1n) found = add(found, point); return found; };
  const little = bytes => bigOf(Uint8Array.from(bytes).reverse());
  const point = bytes => {
    const all = little(bytes), y = all & ((1n << 255n) - 1n), sign = all >> 255n;
    if (bytes.length !== 32 || y >= P) return null;
    const u = mod(y * y - 1n), v = mod(D * y * y + 1n);
    let x = mod(u * v ** 3n) * power(u * v ** 7n, (P - 5n) / 8n) % P;
    if (mod(v * x * x) === mod(-u)) x = x * ROOT % P;
    if (mod(v * x * x) !== u || (x === 0n && sign)) return null;
    if ((x & 1n) !== sign) x = P - x;
    return [x, y, 1n, mod(x * y)];
  };
  const base = point(Uint8Array.from([0x58, ...Array(31).fill(0x66)]));
  const equal = (a, b) => mod(a[0] * b[2]) === mod(b[0] * a[2]) && mod(a[1] * b[2]) === mod(b[1] * a[2]);
  const ed25519 = (key, blob, data) => {
    const a = point(key), r = point(blob.slice(0, 32)), s = little(blob.slice(32));
    if (!a || !r || blob.length !== 64 || s >= L) return false;
    const k = little(sha512(joined(blob.slice(0, 32), key, data))) % L;
    return equal(times(s, base), add(r, times(k, a)));
  };

  const signed = async (key, blob, data, by) => {
    if (!by.builtin) {
      try {
        const made = await crypto.subtle.importKey("raw", key, {name: "Ed25519"}, false, ["verify"]);
        const holds = await crypto.subtle.verify({name: "Ed25519"}, made, blob, data);
        by.name = "WebCrypto";
        return holds;
      } catch { by.builtin = true; }
    }
    by.name = "built-in";
    return ed25519(key, blob, data);
  };

  // ---------------------------------------------------------------- notes
  const noted = text => {
    must(!/[\x00-\x09\x0b-\x1f]/.test(text) && text.length <= 1000000, "note");
    const at = text.lastIndexOf("\n\n");
    must(at >= 0 && text.endsWith("\n") && text.length > at + 2, "note");
    const lines = text.slice(at + 2, -1).split("\n").map(line => {
      const found = /^— ([^\s+\x00-\x1f]+) ([A-Za-z0-9+/=]+)$/.exec(line);
      must(found, "note");
      const blob = decoded(found[2]);
      must(blob.length >= 5, "note");
      return {name: found[1], id: hex(blob.slice(0, 4)), blob: blob.slice(4)};
    });
    must(lines.length <= 100, "note");
    return {text: text.slice(0, at + 1), lines};
  };
  const headed = note => {
    const lines = note.text.replace(/\n$/, "").split("\n");
    must(lines.length >= 3 && lines.every(line => line), "checkpoint");
    const found = {origin: lines[0], size: number(lines[1], "checkpoint"), root: decoded(lines[2])};
    must(found.root.length === HASH, "checkpoint");
    return found;
  };
  const keyed = line => {
    const found = /^([^\s+\x00-\x1f]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(line);
    must(found, "key");
    const data = decoded(found[3]);
    must(data.length === 33 && (data[0] === 1 || data[0] === 4), "key");
    const id = hex(sha256(joined(bytesOf.encode(found[1] + "\n"), data)).slice(0, 4));
    must(id === found[2], "key");
    return {name: found[1], id, kind: data[0], key: data.slice(1), vkey: line};
  };
  const signatures = async (note, head, keys, by) => {
    const found = [];
    for (const line of note.lines) {
      const key = keys.find(one => one.name === line.name && one.id === line.id);
      if (!key) { found.push({name: line.name, known: false}); continue; }
      let data = bytesOf.encode(note.text), blob = line.blob, at = null;
      if (key.kind === 4) {
        must(blob.length === 72, "signature");
        at = bigOf(blob.slice(0, 8)); blob = blob.slice(8);
        data = bytesOf.encode(`cosignature/v1\ntime ${at}\n${note.text}`);
      }
      must(await signed(key.key, blob, data, by), "signature");
      found.push({name: line.name, known: true, witness: key.kind === 4, at: at === null ? null : Number(at), vkey: key.vkey});
    }
    must(keys.every(key => found.some(one => one.vkey === key.vkey)), "key-unused");
    must(keys.some(key => key.kind === 1 && key.name === head.origin), "signature");
    return found;
  };

  /* A signed checkpoint under one of these keys: its size, its root (base64) and who signed. Throws where no
     key of theirs stands under it, or a signature is wrong. */
  const opened = async (text, vkeys, {builtin = false} = {}) => {
    const note = noted(text), head = headed(note), keys = vkeys.map(keyed);
    const under = keys.filter(key => note.lines.some(line => line.name === key.name && line.id === key.id));
    const found = await signatures(note, head, under, {builtin, name: ""});
    return {size: head.size, root: encoded(head.root), signers: found.filter(one => one.known).map(one => one.name)};
  };

  // ---------------------------------------------------------------- leaves and receipts
  const leafed = (leaf, where) => {
    const view = new DataView(leaf.buffer), fields = [];
    let at = 0;
    while (at + 4 <= leaf.length && fields.length < 6) {
      const length = view.getUint32(at);
      must(at + 4 + length <= leaf.length, "leaf", where);
      fields.push(leaf.slice(at + 4, at + 4 + length));
      at += 4 + length;
    }
    must(at === leaf.length && fields.length === 6 && [0, 2, 4].every(n => fields[n].length === 8), "leaf", where);
    const whole = n => {
      const found = Number(new DataView(fields[n].buffer).getBigInt64(0));
      must(Number.isSafeInteger(found), "leaf", where);
      return found;
    };
    const micros = whole(4);
    must(Math.abs(micros) < 8e15, "leaf", where);
    let body;
    try { body = JSON.parse(textOf(fields[5], "leaf", where)); } catch { throw new Bad("leaf", where); }
    must(body && typeof body === "object" && !Array.isArray(body) && typeof body.occurred_at === "string", "leaf", where);
    const seconds = Math.floor(micros / 1e6), rest = micros - seconds * 1e6;
    return {
      position: whole(0), stream: textOf(fields[1], "leaf", where), version: whole(2),
      name: textOf(fields[3], "leaf", where), body,
      recorded_at: new Date(seconds * 1000).toISOString().slice(0, 19) + "." + String(rest).padStart(6, "0") + "Z",
      occurred_at: body.occurred_at,
    };
  };
  const node = (left, right) => sha256(joined(Uint8Array.of(1), left, right));
  const proven = (hash, index, size, path, top, where) => {
    must(index < size, "proof", where);
    let fn = BigInt(index), sn = BigInt(size - 1), found = hash;
    for (const step of path) {
      must(sn, "proof", where);
      if (fn & 1n || fn === sn) {
        found = node(step, found);
        while (!(fn & 1n) && fn) { fn >>= 1n; sn >>= 1n; }
      } else found = node(found, step);
      fn >>= 1n; sn >>= 1n;
    }
    must(!sn && same(found, top), "proof", where);
  };
  /* RFC 9162 section 2.1.4.2. */
  const grown = (old, size, path, before, top) => {
    must(Number.isSafeInteger(old) && old > 0 && old <= size && before.length === HASH, "grown");
    if (old === size) { must(!path.length && same(before, top), "grown"); return; }
    let fn = BigInt(old - 1), sn = BigInt(size - 1), steps = path;
    if (!(BigInt(old) & BigInt(old - 1))) steps = [before, ...path];
    must(steps.length && steps.every(step => step.length === HASH), "grown");
    while (fn & 1n) { fn >>= 1n; sn >>= 1n; }
    let first = steps[0], second = steps[0];
    for (const step of steps.slice(1)) {
      must(sn, "grown");
      if (fn & 1n || fn === sn) {
        first = node(step, first); second = node(step, second);
        while (!(fn & 1n) && fn) { fn >>= 1n; sn >>= 1n; }
      } else second = node(second, step);
      fn >>= 1n; sn >>= 1n;
    }
    must(!sn && same(first, before) && same(second, top), "grown");
  };
  const received = (text, checkpoint, where) => {
    const at = text.indexOf("\n\n");
    must(at >= 0 && text.slice(at + 2) === checkpoint, "receipt", where);
    const lines = text.slice(0, at).split("\n");
    must(lines.shift() === PROOF && lines.length && lines[0].startsWith("index "), "receipt", where);
    const index = number(lines.shift().slice(6), "receipt", where), path = lines.map(line => decoded(line, where));
    must(path.length <= 63 && path.every(step => step.length === HASH), "receipt", where);
    return {index, path};
  };

  // ---------------------------------------------------------------- the pack
  const PLAIN = ["position", "stream", "version", "name", "recorded_at", "occurred_at"];
  const place = n => `receipts/${String(n).padStart(3, "0")}.tlog-proof`;
  const listed = (pack, events) => {
    must(Array.isArray(pack.streams), "contents");
    const found = new Map();
    for (const event of events) found.set(event.stream, [...(found.get(event.stream) || []), event.version]);
    must(pack.streams.length === found.size, "contents");
    for (const told of pack.streams) {
      const versions = found.get(told.stream);
      must(versions && Array.isArray(told.versions) && same(versions, told.versions), "contents");
      must(["first", "unbroken", "chosen"].includes(told.run), "contents");
      if (told.run !== "chosen") must(versions.every((version, n) => !n || version === versions[n - 1] + 1), "contents");
      if (told.run === "first") must(versions[0] === 1, "contents");
      found.delete(told.stream);
    }
  };
  const judged = async (files, wanted, by) => {
    const pack = (() => {
      try { return JSON.parse(textOf(files["events.json"], "events")); } catch { throw new Bad("events"); }
    })();
    must(pack && pack.format === FORMAT && Array.isArray(pack.events) && pack.events.length, "events");
    const names = ["README.txt", "checkpoint.txt", "events.json", "index.html", "key.txt", ...pack.events.map((_, n) => place(n + 1))];
    must(Object.keys(files).every(name => names.includes(name)), "files");
    must(names.every(name => name in files || name === "index.html" || name === "README.txt"), "files");
    const vkeys = textOf(files["key.txt"], "key").replace(/\n$/, "").split("\n");
    const keys = vkeys.map(keyed);
    must(new Set(vkeys).size === vkeys.length, "key");
    must(!wanted || vkeys.includes(wanted.trim()), "other-key");
    const checkpoint = textOf(files["checkpoint.txt"], "note"), note = noted(checkpoint), head = headed(note);
    must(pack.origin === head.origin && pack.size === head.size, "checkpoint");
    const signers = await signatures(note, head, keys, by);
    const events = [];
    pack.events.forEach((told, n) => {
      const where = n + 1;
      must(told && typeof told === "object", "events", where);
      const leaf = decoded(told.leaf, where), hash = sha256(joined(Uint8Array.of(0), leaf)), found = leafed(leaf, where);
      must(PLAIN.every(name => told[name] === found[name]) && told.leaf_hash === encoded(hash), "copy", where);
      const {index, path} = received(textOf(files[place(where)], "receipt", where), checkpoint, where);
      must(told.index === index, "copy", where);
      proven(hash, index, head.size, path, head.root, where);
      const before = events[n - 1];
      must(!before || (before.index < index && before.position < found.position), "order", where);
      events.push({...found, n: where, index, hash: told.leaf_hash, sentence: told.sentence, edge: told.edge === true});
    });
    listed(pack, events);
    must(pack.about && ["kind", "id", "month"].every(word => typeof pack.about[word] === "string"), "events");
    must(!["claim", "account", "complaint", "figure"].includes(pack.about.kind) || events.some(event => event.stream === pack.about.id), "contents");
    if (pack.about.kind === "figure") {
      const others = events.slice(0, -1), last = events[events.length - 1], fact = last.body.fact, told = pack.grown;
      must(last.stream === pack.about.id && last.name === "figure.published" && fact && typeof fact === "object", "contents");
      must(Number.isSafeInteger(fact.known_at) && others.every(one => one.position <= fact.known_at), "contents");
      must(told && told.size === fact.size && told.root === fact.root && Array.isArray(told.path), "grown");
      try { grown(told.size, head.size, told.path.map(step => decoded(step)), decoded(told.root), head.root); } catch { throw new Bad("grown"); }
    }
    return {about: pack.about, zone: pack.time_zone, streams: pack.streams, head: {...head, root: encoded(head.root)}, signers, vkeys, events};
  };

  /* files: name -> Uint8Array. `key`: the vkey one has from elsewhere. Never throws. */
  const verify = async (files, {key = "", builtin = false} = {}) => {
    const by = {builtin, name: ""};
    try {
      const found = await judged(files, key, by);
      return {verified: true, by: by.name, ...found};
    } catch (error) {
      return {verified: false, by: by.name, code: error instanceof Bad ? error.code : "events", where: error.where || 0};
    }
  };

  /* The members of a zip whose files are stored as they are, as these packs' are. Throws for anything else. */
  const unzipped = bytes => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length), files = {};
    let end = bytes.length - 22;
    while (end >= 0 && view.getUint32(end, true) !== 0x06054b50) end--;
    must(end >= 0, "zip");
    let at = view.getUint32(end + 16, true);
    for (let left = view.getUint16(end + 10, true); left; left--) {
      must(view.getUint32(at, true) === 0x02014b50 && view.getUint16(at + 10, true) === 0, "zip");
      const size = view.getUint32(at + 24, true), length = view.getUint16(at + 28, true), local = view.getUint32(at + 42, true);
      const name = textOf(bytes.slice(at + 46, at + 46 + length), "zip");
      must(!(name in files), "zip");
      const from = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
      files[name] = bytes.slice(from, from + size);
      at += 46 + length + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
    }
    return files;
  };
  const embedded = () => {
    const files = {};
    for (const [name, text] of Object.entries(JSON.parse(document.getElementById("files").textContent))) files[name] = bytesOf.encode(text);
    return files;
  };
  return {verify, opened, unzipped, embedded, sha256, sha512, ed25519, hex};
})();
