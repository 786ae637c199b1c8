/* Shows what verify.js found: everything but the quoted sentence is read out of the entries' own bytes. */
"use strict";
(() => {
  const words = JSON.parse(document.getElementById("words").textContent), page = document.documentElement;
  const at = id => document.getElementById(id), zh = () => page.dataset.lang === "zh";
  const of = both => both[zh() ? "zh" : "en"];
  const made = (name, text = "", kind = "") => {
    const found = document.createElement(name);
    found.textContent = text; if (kind) found.className = kind;
    return found;
  };
  let files = huisheng.embedded(), found = null;

  const when = (text, zone) => {
    const moment = new Date(text);
    if (isNaN(moment)) return text;
    try {
      return new Intl.DateTimeFormat(zh() ? "zh-CN" : "en-GB", {timeZone: zone, dateStyle: "long", timeStyle: "medium"}).format(moment);
    } catch { return moment.toISOString(); }
  };
  const called = name => zh() ? words.names[name] || name : name.replace(".", ": ").replaceAll("-", " ");
  const field = name => zh() ? words.fields[name] || name : name.replaceAll("_", " ");
  const sealed = value => value && typeof value === "object" && typeof value.box === "string";
  const plain = value => {
    if (value === null || value === "") return "–";
    if (sealed(value)) return of({zh: "（密封）", en: "(sealed)"});
    if (value === true || value === false) return of(value ? {zh: "是", en: "yes"} : {zh: "否", en: "no"});
    if (Array.isArray(value)) return value.length ? value.map(plain).join(of({zh: "；", en: "; "})) : "–";
    if (typeof value === "object") return Object.entries(value).map(([name, one]) => field(name) + of({zh: "：", en: ": "}) + plain(one)).join(of({zh: "，", en: ", "}));
    return String(value);
  };
  const rows = (list, pairs) => { for (const [name, value, kind] of pairs) list.append(made("dt", name), made("dd", value, kind || "")); };

  const RUNS = {first: {zh: "从头起，不缺", en: "from the first on, none missing"}, unbroken: {zh: "不间断", en: "unbroken"}, chosen: {zh: "相关的几条", en: "those that belong here"}};
  const fact = event => event.body.fact || {};
  const parts = list => (list || []).map(one => `${one.part} ${one.n}`).join(of({zh: "，", en: ", "})) || "–";
  /* Numerator, denominator and what was left out, out of the bytes. */
  const figure = said => {
    const table = made("table", "", "said"), head = made("tr"), body = made("tbody");
    for (const name of [{zh: "组", en: "group"}, {zh: "分子", en: "numerator"}, {zh: "分母", en: "denominator"}, {zh: "没算进来的", en: "left out"}]) head.append(made("th", of(name)));
    for (const row of said.rows || []) {
      const line = made("tr");
      line.append(...[(row.group || []).join(" / ") || "–", row.numerator, row.denominator, parts(row.excluded)].map(one => made("td", String(one))));
      body.append(line);
    }
    table.append(made("caption", `${said.indicator}: ${of({zh: said.formula_zh, en: said.formula_en})}`), head, body);
    return table;
  };
  const entry = event => {
    const item = made("li", "", "event"), head = made("div", "", "head");
    head.append(made("h3", `${event.n}. ${called(event.name)}`), made("span", of({zh: "✓ 已核对", en: "✓ verified"}), "mark"));
    const times = made("p", of({zh: "记录在 ", en: "recorded "}) + when(event.recorded_at, found.zone) + of({zh: "，发生在 ", en: ", happened "}) + when(event.occurred_at, found.zone), "small quiet");
    item.append(head, times);
    if (event.edge) item.append(made("p", of({zh: "月份之外的相邻一条，只为说明中间没有缺。", en: "The neighbour outside the month: it shows that none is missing in between."}), "small"));
    if (event.sentence && typeof of(event.sentence) === "string") {
      const quote = made("blockquote", `“${of(event.sentence)}”`);
      quote.append(document.createElement("br"), made("cite", of({zh: "系统的讲述", en: "the engine's telling"})));
      item.append(quote);
    }
    if (event.name === "figure.published") item.append(figure(fact(event)));
    const more = made("details"), list = made("dl", "", "said"), said = fact(event);
    more.append(made("summary", of({zh: "原始字节里的内容", en: "What the bytes say"})), list);
    rows(list, [
      [of({zh: "流与版本", en: "stream, version"}), `${event.stream} @ ${event.version}`, "hash"],
      [of({zh: "名称", en: "name"}), event.name, "hash"],
      [of({zh: "位置，叶号", en: "position, leaf"}), `${event.position}, ${event.index}`],
      [field("actor"), plain(event.body.actor ?? null)],
      ...Object.entries(said).map(([name, value]) => [field(name), plain(value)]),
      [of({zh: "叶哈希", en: "leaf hash"}), event.hash, "hash"],
    ]);
    item.append(more);
    return item;
  };
  const show = () => {
    const good = found.verified;
    page.dataset.verified = String(good);
    page.lang = zh() ? "zh-CN" : "en";
    at("language").textContent = zh() ? "English" : "中文";
    at("verdict").className = `verdict ${good ? "good" : "bad"}`;
    at("events").replaceChildren(); at("checkpoint").replaceChildren();
    at("by").textContent = found.by || "–";
    if (!good) {
      const why = words.faults[found.code];
      at("said").textContent = found.where
        ? of({zh: `第 ${found.where} 条核对不上`, en: `Entry ${found.where} does not hold`})
        : of({zh: "这个存证包核对不上", en: "This pack does not hold"});
      at("why").textContent = why ? of(why) + of({zh: "。不要相信包里的内容。", en: ". Do not rely on what it says."}) : "";
      at("title").textContent = "";
      return;
    }
    const title = found.about && found.about.title;
    at("title").textContent = title ? of(title) : "";
    at("said").textContent = of({zh: `${found.events.length} 条记录全部核对无误`, en: `All ${found.events.length} entries hold`});
    at("why").textContent = of({
      zh: `它们都在 ${found.head.size.toLocaleString("zh-CN")} 条记录的签名检查点之下。`,
      en: `They stand under a signed checkpoint of ${found.head.size.toLocaleString("en")} entries.`,
    });
    at("events").append(...found.events.map(entry));
    rows(at("checkpoint"), [
      [of({zh: "日志名", en: "log"}), found.head.origin, "hash"],
      [of({zh: "条数", en: "entries"}), found.head.size.toLocaleString(zh() ? "zh-CN" : "en")],
      [of({zh: "根哈希", en: "root"}), found.head.root, "hash"],
      ...found.signers.map(one => [
        one.witness ? of({zh: "见证", en: "witness"}) : of({zh: "签名", en: "signature"}),
        one.name + (!one.known ? of({zh: "（包里没有这把公钥，未核对）", en: " (its key is not in the pack; not checked)"})
          : one.at ? `${of({zh: "，于 ", en: ", "})}${when(new Date(one.at * 1000).toISOString(), found.zone)}` : ""),
      ]),
      ...found.vkeys.map(vkey => [of({zh: "公钥", en: "key"}), vkey, "hash"]),
      ...found.streams.map(one => [of({zh: "包含", en: "holds"}), `${one.stream} @ ${one.versions[0]}–${one.versions[one.versions.length - 1]}（${of(RUNS[one.run])}）`]),
    ]);
  };
  let asked = 0;  // a judgement that comes after a later one is nobody's any more
  const judge = async () => {
    const mine = ++asked, told = await huisheng.verify(files, {key: at("key").value});
    if (mine === asked) { found = told; show(); }
  };
  at("language").addEventListener("click", () => { page.dataset.lang = zh() ? "en" : "zh"; show(); });
  at("print").addEventListener("click", () => { document.querySelectorAll("details").forEach(one => { one.open = true; }); window.print(); });
  at("key").addEventListener("input", judge);
  at("pack").addEventListener("change", async event => {
    const [chosen] = event.target.files;
    if (!chosen) return;
    try { files = huisheng.unzipped(new Uint8Array(await chosen.arrayBuffer())); } catch { files = {}; }
    await judge();
  });
  judge();
})();
