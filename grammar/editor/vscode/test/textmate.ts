/** The grammars, run by the engine that Visual Studio Code runs them with. */

import { readFileSync } from "node:fs";
import { join } from "node:path";

import { OnigScanner, OnigString, loadWASM } from "vscode-oniguruma";
import { INITIAL, Registry, parseRawGrammar, type IGrammar } from "vscode-textmate";

import { extension } from "./repository";

/** A page as far as a fence needs one: paragraphs, and nothing else. */
const MARKDOWN = JSON.stringify({
  scopeName: "text.html.markdown",
  patterns: [{ match: "^#.*$", name: "markup.heading.markdown" }],
});

const GRAMMARS: Record<string, () => string> = {
  "source.gate": () => grammarFile("gate.tmLanguage.json"),
  "markdown.gate.codeblock": () => grammarFile("gate.markdown.tmLanguage.json"),
  "text.html.markdown": () => MARKDOWN,
};

function grammarFile(name: string): string {
  return readFileSync(join(extension, "..", name), "utf8");
}

/** The grammar with this scope. */
export async function grammar(scope: string): Promise<IGrammar> {
  const engine = require.resolve("vscode-oniguruma/release/onig.wasm");
  await loadWASM(readFileSync(engine).buffer.slice(0));
  const registry = new Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (patterns) => new OnigScanner(patterns),
      createOnigString: (text) => new OnigString(text),
    }),
    loadGrammar: async (name) => {
      const text = GRAMMARS[name]?.();
      return text === undefined ? null : parseRawGrammar(text, `${name}.json`);
    },
    getInjections: (name) => (name === "text.html.markdown" ? ["markdown.gate.codeblock"] : []),
  });
  const loaded = await registry.loadGrammar(scope);
  if (loaded === null) {
    throw new Error(`there is no grammar ${scope}`);
  }
  return loaded;
}

/** For every UTF-16 unit of the text its scopes, without that of the whole file. */
export function scopes(grammar: IGrammar, text: string): string[][] {
  const found: string[][] = [];
  let state = INITIAL;
  let start = 0;
  for (const line of text.split("\n")) {
    const { tokens, ruleStack } = grammar.tokenizeLine(line.replace(/\r$/, ""), state);
    state = ruleStack;
    for (const token of tokens) {
      for (let at = token.startIndex; at < token.endIndex; at += 1) {
        found[start + at] = token.scopes.slice(1);
      }
    }
    start += line.length + 1;
  }
  return found;
}
