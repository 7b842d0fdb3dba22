/**
 * The extension starts in a stand-in for the editor, registers what its manifest contributes, and
 * says so where there is no compiler.
 */

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, describe, it } from "node:test";

import { extension, readOwn } from "./repository";

/** What the editor was asked for. */
const registered = new Map<string, (...args: unknown[]) => unknown>();
const executed: unknown[][] = [];
const messages: string[] = [];
const shown: string[] = [];
let chosen: string | undefined;
/** What the setting names, and the folder that is open; it is not trusted. */
let named = "/nowhere/gatewright";
let folder: string | undefined;

/** Something that has every member, can be called and made, and disposes of itself. */
function anything(members: Record<string, unknown> = {}): unknown {
  const target = class {
    dispose(): void {
      return undefined;
    }
  };
  return new Proxy(target, {
    get(_, name) {
      if (typeof name === "string" && Object.hasOwn(members, name)) {
        return members[name];
      }
      const isSpecial = typeof name !== "string" || ["then", "prototype"].includes(name);
      return isSpecial ? Reflect.get(target, name) : anything();
    },
    set: () => true,
    apply: () => anything(),
    construct: () => anything() as object,
  });
}

const editor = anything({
  version: "1.91.0",
  commands: anything({
    registerCommand(name: string, run: (...args: unknown[]) => unknown): object {
      registered.set(name, run);
      return { dispose: () => registered.delete(name) };
    },
    executeCommand: async (...words: unknown[]) => executed.push(words),
  }),
  window: anything({
    activeTextEditor: undefined,
    showErrorMessage: async (message: string) => {
      messages.push(message);
      const answer = chosen;
      chosen = undefined;
      return answer;
    },
    showInformationMessage: async (message: string) => shown.push(message),
    showWarningMessage: async (message: string) => shown.push(message),
  }),
  workspace: anything({
    get workspaceFolders() {
      return folder === undefined ? undefined : [{ uri: { fsPath: folder } }];
    },
    isTrusted: false,
    getConfiguration: () => ({ get: () => named }),
  }),
});

/** Load the extension with the stand-in in the place of the editor. */
function load(): { activate(context: object): Promise<void>; deactivate(): Promise<void> } {
  const require = createRequire(__filename);
  const loader = require("node:module") as {
    _load(name: string, ...rest: unknown[]): unknown;
  };
  const original = loader._load.bind(loader);
  loader._load = (name, ...rest) => (name === "vscode" ? editor : original(name, ...rest));
  try {
    return require("../src/extension") as ReturnType<typeof load>;
  } finally {
    loader._load = original;
  }
}

describe("the extension", () => {
  const context = { subscriptions: [] as { dispose(): void }[], extensionUri: join(extension) };
  const loaded = load();
  before(async () => {
    chosen = "How to Install";
    await loaded.activate(context);
  });

  it("registers every command of its manifest", () => {
    const manifest = JSON.parse(readOwn("package.json")) as {
      contributes: { commands: { command: string }[] };
    };
    const contributed = manifest.contributes.commands.map(({ command }) => command);
    assert.deepEqual([...registered.keys()].sort(), contributed.sort());
  });

  it("says that the compiler is missing, and how to get it", () => {
    assert.equal(messages.length, 1);
    assert.match(messages[0] ?? "", /\/nowhere\/gatewright/);
    const opened = executed.find(([command]) => command === "workbench.action.openWalkthrough");
    assert.deepEqual(opened?.[1], "gatewright.gatewright#start");
  });

  it("has an answer to its commands while there is no server", async () => {
    for (const name of ["gatewright.explain", "gatewright.openGraph"]) {
      shown.length = 0;
      await registered.get(name)?.();
      assert.equal(shown.length, 1, name);
    }
  });

  it("runs no program of a folder that is not trusted", async () => {
    folder = mkdtempSync(join(tmpdir(), "gatewright-"));
    try {
      mkdirSync(join(folder, "bin"));
      const program = join(folder, "bin/gatewright");
      writeFileSync(program, "#!/bin/sh\n", { mode: 0o755 });
      for (named of ["bin/gatewright", "${workspaceFolder}/bin/gatewright"]) {
        await registered.get("gatewright.restart")?.();
        assert.ok(messages.at(-1)?.includes(`no program “${named}”`), messages.at(-1));
      }
    } finally {
      rmSync(folder, { recursive: true });
      folder = undefined;
    }
  });

  it("gives back everything that it took", async () => {
    await loaded.deactivate();
    context.subscriptions.forEach((taken) => taken.dispose());
    assert.equal(registered.size, 0);
  });
});
