/** Every snippet, with what it suggests and with every choice, compiles and is in the one style. */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";

import { gatewright, noGatewright, readOwn } from "./repository";

interface Snippet {
  prefix: string;
  body: string[];
  description: string;
}

/** What snippets speak of and a project has to declare, by the word that declares it. */
const NAMES: Record<string, string> = {
  BreakGlass: 'group BreakGlass = "d1f3c0de-0000-4000-8000-00000000b6e1"',
  Finance: 'group Finance = "8f6f3d0a-0000-4000-8000-0000000f1a0c"',
  StrongAdmins: [
    "template StrongAdmins(prefix: text, admins: list of role, exempt: group) {",
    '    policy "{prefix} MFA" {',
    "        state enabled users roles admins except groups [exempt] apps all require mfa",
    "    }",
    "}",
  ].join("\n"),
};

/** What stands around a snippet that is not a declaration. */
const AROUND: Record<string, [string, string]> = {
  given: ['test "T" {\n    given  { user  app ExchangeOnline  client browser }\n', "\n}"],
  "@suppress": ["", '\npolicy "P" { state enabled users all apps all require mfa }'],
};

const snippets = Object.entries(
  JSON.parse(readOwn("snippets/gatewright.json")) as Record<string, Snippet>,
);

/** The text of a snippet as it is inserted, once for each choice that it offers. */
function inserted(body: string): string[] {
  const choices = [...body.matchAll(/\$\{\d+\|([^|]*)\|\}/g)].map(([, options = ""]) => options);
  const most = Math.max(1, ...choices.map((options) => options.split(",").length));
  return Array.from({ length: most }, (_, index) => {
    const chosen = body.replace(/\$\{\d+\|([^|]*)\|\}/g, (_, options: string) => {
      const all = options.split(",");
      return all[Math.min(index, all.length - 1)] ?? "";
    });
    const filled = chosen.replace(/\$\{(\d+):((?:[^{}$\\]|\\.)*)\}/g, (_, _number, text: string) =>
      text.replace(/\\(.)/g, "$1"),
    );
    return filled.replace(/\$\{?\d+\}?/g, "");
  });
}

function run(program: string, words: string[], text: string): { status: number; said: string } {
  const done = spawnSync(program, words, { input: text, encoding: "utf8" });
  return { status: done.status ?? -1, said: `${done.stdout}${done.stderr}` };
}

describe("every snippet", () => {
  it("has a prefix of its own and a description", () => {
    const prefixes = snippets.map(([, { prefix }]) => prefix);
    assert.equal(new Set(prefixes).size, prefixes.length);
    for (const [name, { description }] of snippets) {
      assert.match(description, /^[A-Z].*\.$/, name);
    }
  });

  it("leaves no placeholder unfilled", () => {
    for (const [name, { body }] of snippets) {
      const numbers = [...body.join("\n").matchAll(/\$\{?(\d+)/g)].map(([, number]) => number);
      assert.ok(numbers.includes("0"), `${name} does not say where the cursor ends up`);
      for (const text of inserted(body.join("\n"))) {
        assert.doesNotMatch(text, /\$\{|\$\d/, name);
      }
    }
  });

  const program = gatewright();
  for (const [name, { prefix, body }] of snippets) {
    it(`compiles: ${name}`, { skip: program === undefined && noGatewright }, () => {
      for (const text of inserted(body.join("\n"))) {
        const [before, after] = AROUND[prefix] ?? ["", ""];
        const whole = `${before}${text}${after}\n`;
        const needed = Object.entries(NAMES).filter(
          ([word]) =>
            whole.includes(word) && !new RegExp(`(group|template) ${word}\\b`).test(whole),
        );
        const names = needed.map(([, declaration]) => `${declaration}\n`).join("");
        const checked = run(program ?? "", ["check", "-"], `${names}${whole}`);
        assert.doesNotMatch(checked.said, /^error/m, `${whole}\n${checked.said}`);
        assert.equal(checked.status, 0, `${whole}\n${checked.said}`);
        if (before === "" && after === "") {
          assert.equal(run(program ?? "", ["fmt", "-"], whole).said, whole);
        }
      }
    });
  }
});
