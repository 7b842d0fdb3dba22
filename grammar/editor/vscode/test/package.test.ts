/** What the manifest contributes is what the code does, and nothing else. */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";

import {
  extension,
  filesBelow,
  gatewright,
  noGatewright,
  read,
  readOwn,
  repository,
} from "./repository";

interface Manifest {
  version: string;
  icon: string;
  files: string[];
  contributes: {
    commands: { command: string; title: string }[];
    menus: Record<string, { command: string; when?: string }[]>;
    configuration: { properties: Record<string, { default: unknown; type: string }> };
    languages: { id: string; extensions: string[] }[];
    grammars: { scopeName: string }[];
    semanticTokenScopes: { scopes: Record<string, string[]> }[];
    walkthroughs: {
      id: string;
      steps: { description: string; media: Record<string, string>; completionEvents: string[] }[];
    }[];
    keybindings: { command: string; when: string }[];
    problemMatchers: { pattern: { regexp: string }[] }[];
  };
  devDependencies: Record<string, string>;
}

interface Lock {
  packages: Record<string, { resolved?: string; integrity?: string; link?: boolean }>;
}

const manifest = JSON.parse(readOwn("package.json")) as Manifest;
const folder = "grammar/editor/vscode";
const sources = filesBelow(`${folder}/src`, ".ts").map(read).join("\n");
const commands = manifest.contributes.commands.map(({ command }) => command);

/** Settings that the extension itself, or the client library, reads. */
const OWN_SETTINGS: Record<string, RegExp> = {
  "gatewright.path": /\.get<string>\("path"/,
  // The client library reads the setting of this name under the id of the client.
  "gatewright.trace.server": /new Client\("gatewright"/,
};

describe("the manifest", () => {
  it("contributes every command that is registered, and no other", () => {
    const registered = [...sources.matchAll(/\bcommand\(\s*"(gatewright\.\w+)"/g)];
    const names = registered.map(([, name]) => name);
    assert.deepEqual([...names].sort(), [...commands].sort());
  });

  it("has menus of its own commands alone", () => {
    const { menus, keybindings } = manifest.contributes;
    const used = [...Object.values(menus).flat(), ...keybindings];
    for (const { command } of used) {
      assert.ok(commands.includes(command), command);
    }
  });

  it("asks for no context that is not set", () => {
    const conditions = Object.values(manifest.contributes.menus).flatMap((items) =>
      items.map(({ when }) => when ?? ""),
    );
    for (const [key] of conditions.join(" ").matchAll(/gatewright\.\w+/g)) {
      assert.match(sources, new RegExp(`"setContext", "${key}"`));
    }
  });

  it("has steps that can be taken and come to an end", () => {
    const steps = manifest.contributes.walkthroughs.flatMap(({ steps }) => steps);
    for (const { description, completionEvents } of steps) {
      assert.doesNotMatch(description, /`/, "a description has no marks for code");
      assert.ok(completionEvents.length > 0, description);
      for (const [command] of `${description} ${completionEvents}`.matchAll(/gatewright\.\w+/g)) {
        const isKnown = [...commands, "gatewright.path", "gatewright.isRunning"].includes(command);
        assert.ok(isKnown, command);
      }
    }
  });

  const program = gatewright();
  it("reads what the compiler prints", { skip: program === undefined && noGatewright }, () => {
    const words = ["check", join(repository, "examples/contoso")];
    const printed = spawnSync(program ?? "", words, { encoding: "utf8" });
    const lines = `${printed.stdout}${printed.stderr}`.split("\n");
    const [first, second] = (manifest.contributes.problemMatchers[0]?.pattern ?? []).map(
      ({ regexp }) => new RegExp(regexp),
    );
    const at = lines.findIndex((line) => first?.test(line));
    assert.deepEqual(first?.exec(lines[at] ?? "")?.slice(1, 3), ["warning", "GW0402"]);
    const [, path, line] = second?.exec(lines[at + 1] ?? "") ?? [];
    assert.match(path ?? "", /policies\/devices\.gate$/);
    assert.match(line ?? "", /^\d+$/);
  });

  it("has settings that somebody reads", () => {
    const server = read("compiler/lsp/src/settings.rs");
    for (const name of Object.keys(manifest.contributes.configuration.properties)) {
      const own = OWN_SETTINGS[name];
      const pointer = name.replace(/^gatewright/, "").replaceAll(".", "/");
      const isRead = own === undefined ? server.includes(`"${pointer}"`) : own.test(sources);
      assert.ok(isRead, `nobody reads ${name}`);
    }
  });

  it("has every setting that the server reads", () => {
    const server = read("compiler/lsp/src/settings.rs");
    const code = server.split("#[cfg(test)]")[0] ?? "";
    for (const [, pointer = ""] of code.matchAll(/"(\/[A-Za-z/]+)"/g)) {
      const name = `gatewright${pointer.replaceAll("/", ".")}`;
      const { properties } = manifest.contributes.configuration;
      assert.ok(name in properties, `${name} cannot be set`);
    }
  });

  it("gives what the server calls words the colours of the grammar", () => {
    const legend = read("compiler/lsp/src/convert/highlighting.rs");
    const grammar = read("grammar/editor/gate.tmLanguage.json");
    for (const { scopes } of manifest.contributes.semanticTokenScopes) {
      for (const [selector, names] of Object.entries(scopes)) {
        const words = selector.split(".");
        assert.deepEqual(
          words.filter((word) => !legend.includes(`"${word}"`)),
          [],
        );
        assert.ok(
          names.every((name) => grammar.includes(`"${name}"`) || grammar.includes(` ${name}`)),
          selector,
        );
      }
    }
  });

  it("names files that are there", () => {
    const built = new Set(["dist", "syntaxes", "LICENSE-MIT", "LICENSE-APACHE"]);
    const media = manifest.contributes.walkthroughs.flatMap(({ steps }) =>
      steps.flatMap(({ media }) => [media["svg"], media["markdown"]]),
    );
    const named = [manifest.icon, ...manifest.files, ...media].filter((path) => path !== undefined);
    for (const path of named.filter((path) => !built.has(path))) {
      assert.ok(existsSync(join(extension, path)), path);
    }
  });

  it("has the walkthrough that the message about a missing compiler opens", () => {
    const opened = /"gatewright\.gatewright#(\w+)"/.exec(sources)?.[1];
    assert.ok(manifest.contributes.walkthroughs.some(({ id }) => id === opened));
  });

  it("has the version of the compiler", () => {
    const workspace = readFileSync(join(repository, "Cargo.toml"), "utf8");
    const version = /\[workspace\.package\]\nversion = "([^"]+)"/.exec(workspace)?.[1];
    assert.equal(manifest.version, version);
  });

  it("pins its packages, and its lock file names no host", () => {
    for (const [name, version] of Object.entries(manifest.devDependencies)) {
      assert.match(version, /^\d+\.\d+\.\d+$/, name);
    }
    const lock = JSON.parse(readOwn("package-lock.json")) as Lock;
    for (const [name, entry] of Object.entries(lock.packages)) {
      assert.equal(entry.resolved, undefined, name);
      assert.ok(name === "" || entry.integrity !== undefined, `${name} has no hash`);
    }
  });
});

describe("the language configuration", () => {
  const rules = JSON.parse(readOwn("language-configuration.json")) as {
    wordPattern: { pattern: string; flags: string };
    indentationRules: { increaseIndentPattern: string; decreaseIndentPattern: string };
    onEnterRules: { beforeText: string; action: { appendText?: string } }[];
  };

  it("takes words as the lexer does", () => {
    const word = new RegExp(rules.wordPattern.pattern, `g${rules.wordPattern.flags}`);
    assert.deepEqual("Büro_1 device.model -notIn [$null]".match(word), [
      "Büro_1",
      "device",
      "model",
      "-notIn",
      "$null",
    ]);
  });

  it("indents the way examples are indented", () => {
    const increase = new RegExp(rules.indentationRules.increaseIndentPattern);
    const decrease = new RegExp(rules.indentationRules.decreaseIndentPattern);
    const wrong: string[] = [];
    let count = 0;
    for (const path of filesBelow("examples", ".gate")) {
      const lines = read(path).split("\n");
      for (const [index, line] of lines.entries()) {
        const next = lines[index + 1] ?? "";
        if (line.trim() === "" || next.trim() === "" || /^\s*\/\//.test(line)) {
          continue;
        }
        const [here, there] = [line.search(/\S/), next.search(/\S/)];
        const isDeeper = there === here + 4 && /[{[(]\s*$/.test(line);
        count += Number(isDeeper);
        if (increase.test(line) !== isDeeper) {
          wrong.push(`${path}:${index + 1}: ${line}`);
        }
        if (/^\s*[}\])]\s*$/.test(next) && !decrease.test(next)) {
          wrong.push(`${path}:${index + 2}: ${next}`);
        }
      }
    }
    assert.deepEqual(wrong, []);
    assert.ok(count > 100, `${count}`);
  });

  it("does not need long for a long line", () => {
    const increase = new RegExp(rules.indentationRules.increaseIndentPattern);
    const started = performance.now();
    for (const piece of ["{ ", '"a" ', "[a] ", "a ", "'", "/ "]) {
      increase.test(`${piece.repeat(5000)}x`);
    }
    assert.ok(performance.now() - started < 2000);
  });

  it("continues documentation on the next line", () => {
    const appended = (line: string): string | undefined =>
      rules.onEnterRules.find(({ beforeText }) => new RegExp(beforeText).test(line))?.action
        .appendText;
    assert.equal(appended("    /// Kiosks use kiosk hardware."), "/// ");
    assert.equal(appended("//! Administrators."), "//! ");
    assert.equal(appended("//// no documentation"), undefined);
    assert.equal(appended("// a comment"), "// ");
    assert.equal(appended("block // a comment"), undefined);
  });
});
