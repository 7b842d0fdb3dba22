/** The grammar colours what the lexer and the parser see, on every policy text that there is. */

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, describe, it } from "node:test";

import type { IGrammar } from "vscode-textmate";

import { fences, filesBelow, read, repository, tokensOf, type Token } from "./repository";
import { grammar, scopes } from "./textmate";

/** Folders whose `.gate` files are coloured. */
const FOLDERS = ["examples", "grammar/syntax/tests", "compiler/hir/stdlib"];

/** Which scope each character of a token has, by its kind. */
const KINDS: Record<string, RegExp> = {
  Comment: /^comment\.line\.double-slash\.gate$/,
  Doc: /^comment\.line\.documentation\.gate$/,
  FileDoc: /^comment\.line\.documentation\.gate$/,
  String: /^string\.quoted\./,
  UnterminatedString: /^string\.quoted\./,
  Literal: /^constant\.numeric\./,
  Json: /^meta\.embedded\.block\.json$/,
  UnterminatedJson: /^meta\.embedded\.block\.json$/,
  Compare: /^keyword\.operator\.wordlike\.comparison\.gate$/,
  And: /^keyword\.operator\.wordlike\.logical\.gate$/,
  Or: /^keyword\.operator\.wordlike\.logical\.gate$/,
  Not: /^keyword\.operator\.wordlike\.logical\.gate$/,
  Quantifier: /^keyword\.operator\.wordlike\.quantifier\.gate$/,
  Offset: /^keyword\.operator\.wordlike\.offset\.gate$/,
  UnknownOperator:
    /^(invalid\.illegal\.operator|entity\.name\.type|variable\.other\.constant)\.gate$/,
  ForeignOperator: /^invalid\.illegal\.operator\.gate$/,
  OpenParen: /^punctuation\./,
  CloseParen: /^punctuation\./,
  OpenBracket: /^punctuation\./,
  CloseBracket: /^punctuation\./,
  OpenBrace: /^punctuation\./,
  CloseBrace: /^punctuation\./,
  Comma: /^punctuation\./,
  Dot: /^punctuation\./,
  Colon: /^punctuation\./,
  Equals: /^keyword\.operator\.assignment\.gate$/,
  Question: /^keyword\.operator\.optional\.gate$/,
  At: /^punctuation\.definition\.annotation\.gate$/,
};

/** Which scope a word has by its role; of a plain word, which scopes it may have. */
const ROLES: Record<string, RegExp> = {
  keyword: /^keyword\.(declaration|control)\./,
  operator: /^keyword\.operator\.wordlike\.comparison\.gate$/,
  name: /^(entity\.name|variable\.other\.property)/,
  plain: /^(constant\.language|support|variable|entity\.name|storage\.modifier|meta\.)/,
};

/** Plain words that are keywords to the eye, though the parser reads them as words. */
const PLAIN_KEYWORDS = new Set([
  ..."block deny interrupt grant notApplicable require applied not session reportOnly".split(" "),
  ..."verdict compliance for otherwise and or where hours hour days day weeks week".split(" "),
  ..."Direct Reports then".split(" "),
]);

function isRight(token: Token, written: string, scope: string[]): boolean {
  if (token.kind !== "Word") {
    const wanted = KINDS[token.kind];
    return wanted === undefined || scope.some((name) => wanted.test(name));
  }
  if (token.role === "plain" && PLAIN_KEYWORDS.has(written)) {
    return scope.some((name) => /^(keyword|constant|support|variable)\./.test(name));
  }
  const wanted = ROLES[token.role];
  return scope.some((name) => wanted?.test(name)) && !scope.some((name) => isOfAnother(name));
}

/** Whether a scope is none that a word may have. */
function isOfAnother(scope: string): boolean {
  return /^(string|comment|constant\.numeric|invalid)/.test(scope);
}

/** What the grammar gets wrong in a text. */
function mistakes(rules: IGrammar, path: string, text: string, tokens: Token[]): string[] {
  const bytes = Buffer.from(text);
  const all = scopes(rules, text);
  const wrong: string[] = [];
  let unit = 0;
  let byte = 0;
  for (const token of tokens) {
    unit += bytes.toString("utf8", byte, token.start).length;
    const written = bytes.toString("utf8", token.start, token.end);
    byte = token.end;
    for (let at = 0; at < written.length; at += 1) {
      const scope = all[unit + at] ?? [];
      if (!/[\r\n]/.test(written[at] ?? "") && !isRight(token, written, scope)) {
        const line = text.slice(0, unit).split("\n").length;
        const found = scope.join(" ");
        wrong.push(`${path}:${line}: ${token.kind} (${token.role}) ${written} is "${found}"`);
        break;
      }
    }
    unit += written.length;
  }
  return wrong;
}

describe("the grammar", () => {
  let rules: IGrammar;
  before(async () => {
    rules = await grammar("source.gate");
  });

  function check(files: Map<string, string>, tokens: Map<string, Token[]>): void {
    const wrong: string[] = [];
    let count = 0;
    for (const [path, text] of files) {
      const found = tokens.get(path) ?? [];
      count += found.length;
      wrong.push(...mistakes(rules, path, text, found));
    }
    assert.ok(count > 1000, `only ${count} tokens were compared`);
    assert.equal(wrong.length, 0, `\n${wrong.slice(0, 60).join("\n")}\n${wrong.length} in all`);
  }

  it("agrees with the parser on every file", (test) => {
    const paths = FOLDERS.flatMap((folder) => filesBelow(folder, ".gate"));
    const tokens = tokensOf(paths);
    if (tokens === undefined) {
      test.skip("there is no cargo");
      return;
    }
    check(new Map(paths.map((path) => [path, read(path)])), tokens);
  });

  it("agrees with the parser on every block of the documents", (test) => {
    const folder = mkdtempSync(join(tmpdir(), "gatewright-grammar-"));
    try {
      const files = new Map<string, string>();
      for (const page of filesBelow("docs", ".md")) {
        for (const [index, fence] of fences(read(page)).entries()) {
          const isWhole = fence.kind === "gate";
          if (isWhole || fence.kind === "clauses") {
            const text = isWhole ? fence.text : `policy "Block" {\n${fence.text}}\n`;
            const path = join(folder, `${page.replaceAll("/", "-")}-${index}.gate`);
            writeFileSync(path, text);
            files.set(path, text);
          }
        }
      }
      const tokens = tokensOf([...files.keys()]);
      if (tokens === undefined) {
        test.skip("there is no cargo");
        return;
      }
      check(files, tokens);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("leaves no word without a scope", () => {
    for (const path of filesBelow("examples", ".gate")) {
      const text = read(path);
      const all = scopes(rules, text);
      const bare = [...text].findIndex(
        (unit, at) => /\S/.test(unit) && (all[at] ?? []).length === 0,
      );
      assert.equal(bare, -1, `${join(repository, path)}: ${text.slice(bare, bare + 40)}`);
    }
  });

  it("is not led astray by a text, a list or a body that is still open", () => {
    const text = [
      'policy "One" {',
      "    users roles [GlobalAdministrator",
      "    apps all",
      '    devices where device.model -eq "Surface',
      "    require mfa",
      'policy "Two" {',
      "    state enabled",
      "}",
    ].join("\n");
    const all = scopes(rules, text);
    for (const word of ["apps", "require", "state"]) {
      const scope = all[text.indexOf(word)] ?? [];
      assert.ok(scope.includes("keyword.control.clause.gate"), `${word} is ${scope.join(" ")}`);
    }
    const second = all[text.lastIndexOf("policy")] ?? [];
    assert.ok(second.includes("keyword.declaration.gate"), second.join(" "));
    assert.ok(!second.some((scope) => scope.startsWith("string")), second.join(" "));
  });

  it("colours fences of Markdown", async () => {
    const markdown = await grammar("text.html.markdown");
    const text = '# Gates\n\n```gate names\npolicy "A" { block }\n```\n\npolicy\n';
    const all = scopes(markdown, text);
    const inside = all[text.indexOf("policy")] ?? [];
    assert.ok(inside.includes("meta.embedded.block.gate"), inside.join(" "));
    assert.ok(inside.includes("keyword.declaration.gate"), inside.join(" "));
    const after = all[text.lastIndexOf("policy")] ?? [];
    assert.deepEqual(after, []);
  });
});
