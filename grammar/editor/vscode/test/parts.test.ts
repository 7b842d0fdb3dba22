/** The parts of the extension that need no editor. */

import assert from "node:assert/strict";
import { delimiter, join } from "node:path";
import { describe, it } from "node:test";

import { article, linked, withPlaces } from "../src/article";
import { findExecutable, type Surroundings } from "../src/executable";
import { nearest } from "../src/nearest";
import { markdown, printed } from "../src/outcome";
import { drawing, page } from "../src/picture";
import { SCALE_MAX, fitted, moved, opened, zoomed } from "../src/preview/view";
import { signInAt, signIns } from "../src/requests";
import { described, short } from "../src/summary";
import { read } from "./repository";

describe("the compiler", () => {
  const programs = [join("/usr/bin", "gatewright"), join("/project", "bin/gatewright")];
  const around: Surroundings = {
    path: ["/bin", "/usr/bin"].join(delimiter),
    endings: [""],
    workspace: "/project",
    isProgram: (file) => programs.includes(file),
  };

  it("is found on the search path", () => {
    assert.equal(findExecutable("gatewright", around), programs[0]);
    assert.equal(findExecutable("  ", around), programs[0]);
  });

  it("is found by a path, from the workspace on where it is relative", () => {
    assert.equal(findExecutable("bin/gatewright", around), programs[1]);
    assert.equal(findExecutable("${workspaceFolder}/bin/gatewright", around), programs[1]);
    assert.equal(findExecutable("/usr/bin/gatewright", around), programs[0]);
  });

  it("is not found where it is not", () => {
    assert.equal(findExecutable("gatewrong", around), undefined);
    const isProgram = (): boolean => true;
    assert.equal(findExecutable("gatewright", { ...around, path: ".", isProgram }), undefined);
    assert.equal(findExecutable("bin/gatewright", { ...around, workspace: undefined }), undefined);
  });

  it("has the ending of programs on Windows", () => {
    const isProgram = (file: string): boolean => file.endsWith("gatewright.EXE");
    const windows = { ...around, endings: ["", ".COM", ".EXE"], isProgram };
    assert.equal(findExecutable("gatewright", windows), join("/bin", "gatewright.EXE"));
  });
});

describe("sign-ins", () => {
  it("are those of a list, each by what it says", () => {
    const found = signIns(read("examples/contoso/signins.json"));
    assert.ok(found.length > 1);
    assert.equal(found[0]?.label, "Sign-in 1");
    assert.match(found[0]?.detail ?? "", /browser, windows/);
    assert.doesNotMatch(found[0]?.detail ?? "", /#microsoft/);
    assert.equal(typeof JSON.parse(found[0]?.json ?? ""), "object");
  });

  it("are told apart by what is not usual in them", () => {
    const [found] = signIns('{"clientAppType": "browser", "userRiskLevel": "high", "a": "none"}');
    assert.equal(found?.detail, "browser, userRisk high");
  });

  it("are found by a place in their text", () => {
    const text = '[ {"a": "}]"}, {"b": [{}]} ]';
    const at = (piece: string): number | undefined => signInAt(text, text.indexOf(piece));
    assert.deepEqual([at('"a"'), at("}]"), at('{"b"'), at("[{}"), at(" ]")], [0, 0, 1, 1, 1]);
    assert.deepEqual([signInAt(text, 0), at(' {"b"')], [undefined, undefined]);
    assert.deepEqual(
      [signInAt(text, text.length), signInAt('{"a": 1}', 3)],
      [undefined, undefined],
    );
  });

  it("may be one object", () => {
    assert.equal(signIns('{"a": 1}').length, 1);
  });

  it("are objects and nothing else", () => {
    for (const text of ["[]", "[1]", '"text"', "null", "{"]) {
      assert.throws(() => signIns(text), Error, text);
    }
  });
});

describe("the page of a diagram", () => {
  const svg =
    "<svg><style>.a{fill:red}\n@media screen and (prefers-color-scheme:dark){.a{fill:blue}}</style><g/></svg>";

  it("takes its colours from the theme of the editor", () => {
    const { svg: picture, style } = drawing(svg);
    assert.equal(picture, "<svg><g/></svg>");
    assert.doesNotMatch(style, /prefers-color-scheme/);
    assert.match(style, /\.vscode-dark.* \{\.a\{fill:blue\}\}/);
  });

  it("lets nothing run but its own script", () => {
    const html = page({
      svg,
      title: '<img src="x">',
      nonce: "n0nce",
      script: "preview.js",
      source: "vscode-resource:",
    });
    assert.match(html, /default-src 'none'/);
    assert.doesNotMatch(html, /unsafe-inline|unsafe-eval|<img/);
    const marked = [...html.matchAll(/<(?:script|style)\b[^>]*>/g)];
    assert.equal(marked.length, 2);
    assert.ok(marked.every(([tag]) => tag.includes('nonce="n0nce"')));
  });

  it("zooms around the pointer", () => {
    const view = zoomed({ scale: 1, x: 10, y: 20 }, 2, 110, 120);
    assert.deepEqual(view, { scale: 2, x: -90, y: -80 });
    const same = zoomed({ scale: SCALE_MAX, x: 1, y: 2 }, 2, 50, 50);
    assert.deepEqual(same, { scale: SCALE_MAX, x: 1, y: 2 });
    assert.deepEqual(moved(view, 5, -5), { scale: 2, x: -85, y: -85 });
  });

  it("starts at the top of a picture that is legible only in part", () => {
    const stage = { width: 800, height: 600 };
    assert.deepEqual(opened({ width: 800, height: 700 }, stage).y, 0);
    assert.deepEqual(opened({ width: 1000, height: 9000 }, stage), { scale: 0.8, x: 0, y: 0 });
    assert.deepEqual(opened({ width: 4000, height: 9000 }, stage), { scale: 0.6, x: 0, y: 0 });
  });

  it("fits all of the picture, and does not enlarge it", () => {
    const stage = { width: 800, height: 600 };
    assert.deepEqual(fitted({ width: 1600, height: 600 }, stage), { scale: 0.5, x: 0, y: 150 });
    assert.deepEqual(fitted({ width: 400, height: 300 }, stage), { scale: 1, x: 200, y: 150 });
    assert.equal(fitted({ width: 0, height: 0 }, stage).scale, 1);
  });
});

describe("a page", () => {
  it("leads to places of files, to pages of diagnostics, and to the web", () => {
    const found = withPlaces("- users holds (policies/a b.gate:6:5)\n- (no place)");
    assert.deepEqual(found.places, [{ path: "policies/a b.gate", line: 6, column: 5 }]);
    assert.match(
      found.markdown,
      /holds \(\[policies\/a b\.gate:6:5\]\(#place-0\)\)\n- \(no place\)/,
    );
    const html =
      '<a href="#place-0">x</a><a title="t" href="GW0404.md">y</a><a href="https://a.b/?c&amp;d">z</a>';
    const [place, code, web] = [...linked(html, found.places).matchAll(/href="([^"]*)"/g)];
    assert.match(place?.[1] ?? "", /^command:gatewright\.showPlace\?/);
    const words = decodeURIComponent(place?.[1]?.split("?")[1] ?? "");
    assert.deepEqual(JSON.parse(words), found.places);
    assert.equal(code?.[1], `command:gatewright.showPage?${encodeURIComponent('["GW0404"]')}`);
    assert.equal(web?.[1], "https://a.b/?c&amp;d");
  });

  it("leads nowhere else", () => {
    for (const href of ["command:x", "javascript:x", "README.md", "#place-9", "http://a"]) {
      assert.equal(linked(`<a class="c" href="${href}">x</a>`, []), "<a>x</a>", href);
    }
  });

  it("runs nothing and loads nothing", () => {
    const html = article({ title: "<b>", html: "<p>x</p>", nonce: "n0nce" });
    assert.match(html, /default-src 'none'; style-src 'nonce-n0nce'"/);
    assert.doesNotMatch(html, /<b>|<script/);
  });
});

describe("the project of a file", () => {
  const none = { proved: 0, refuted: 0, unknown: 0, pending: 0 };
  const projects = ["/w/a", "/w", "/w/a/*.json", "file:///v"].map((project) => ({
    project,
    policies: 1,
    invariants: none,
  }));
  const of = (...names: string[]): string | undefined => nearest(projects, names)?.project;

  it("is the innermost around it", () => {
    assert.equal(of("/w/a/b/c.gate"), "/w/a");
    assert.equal(of("/w/ab.gate"), "/w");
    assert.equal(of("/w/a/signins.json"), "/w/a");
    assert.equal(of("file:///v/x.gate", "/v/x.gate"), "file:///v");
  });

  it("is none where none is around it", () => {
    assert.equal(of("/x/w/a.gate"), undefined);
    assert.equal(nearest([], ["/w/a.gate"]), undefined);
  });
});

describe("what came of a test", () => {
  const outcome = { id: "i", outcome: "failed", durationMs: 1 } as const;

  it("is printed on lines of its own", () => {
    const said = printed("A test", { ...outcome, message: "expected\nmfa" });
    assert.equal(said, "✘ A test\r\n    expected\r\n    mfa\r\n");
  });

  it("is Markdown in which only code is anything but text", () => {
    const said = markdown({ ...outcome, message: "*a* `b*c` <d>\n[e](f)" });
    assert.equal(said, "\\*a\\* `b*c` \\<d\\>  \n\\[e\\]\\(f\\)");
    assert.equal(markdown({ ...outcome, outcome: "unknown" }), "not decided");
  });
});

describe("the status", () => {
  const status = {
    project: "file:///p",
    policies: 12,
    invariants: { proved: 3, refuted: 0, unknown: 0, pending: 0 },
  };

  it("says in a few characters whether the invariants hold", () => {
    assert.equal(short(status), "$(shield) 12 policies $(pass) 3/3");
    const refuted = { ...status.invariants, refuted: 1, pending: 1 };
    assert.match(short({ ...status, invariants: refuted }), /\$\(error\) 3\/5$/);
    const pending = { ...status.invariants, pending: 1 };
    assert.match(short({ ...status, invariants: pending }), /\$\(clock\) 3\/4$/);
    const none = { proved: 0, refuted: 0, unknown: 0, pending: 0 };
    assert.equal(short({ ...status, policies: 1, invariants: none }), "$(shield) 1 policy");
  });

  it("says all of it on request", () => {
    const said = described({ ...status, message: "Edition 2026-06" });
    assert.match(said, /12 policies/);
    assert.match(said, /3 proved/);
    assert.match(said, /Edition 2026-06$/);
  });
});
