/** The parts of the extension that need no editor. */

import assert from "node:assert/strict";
import { delimiter, join } from "node:path";
import { describe, it } from "node:test";

import { findExecutable, type Surroundings } from "../src/executable";
import { drawing, page } from "../src/picture";
import { SCALE_MAX, fitted, moved, zoomed } from "../src/preview/view";
import { signIns } from "../src/requests";
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

  it("fits all of the picture, and does not enlarge it", () => {
    const stage = { width: 800, height: 600 };
    assert.deepEqual(fitted({ width: 1600, height: 600 }, stage), { scale: 0.5, x: 0, y: 150 });
    assert.deepEqual(fitted({ width: 400, height: 300 }, stage), { scale: 1, x: 200, y: 150 });
    assert.equal(fitted({ width: 0, height: 0 }, stage).scale, 1);
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
