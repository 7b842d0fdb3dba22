/** Puts together what is packed: the bundled code, the grammars, and the licences. */

import { copyFile, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";

import { build } from "esbuild";

const common = { bundle: true, minify: true, sourcemap: false, logLevel: "warning" };

await rm("dist", { recursive: true, force: true });
const bundled = await build({
  ...common,
  metafile: true,
  entryPoints: ["src/extension.ts"],
  outfile: "dist/extension.js",
  platform: "node",
  target: "node20",
  format: "cjs",
  external: ["vscode"],
});
await build({
  ...common,
  entryPoints: ["src/preview/main.ts"],
  outfile: "dist/preview.js",
  platform: "browser",
  target: "es2022",
  format: "iife",
  tsconfig: "src/preview/tsconfig.json",
});

await mkdir("syntaxes", { recursive: true });
for (const name of ["gate.tmLanguage.json", "gate.markdown.tmLanguage.json"]) {
  await copyFile(`../${name}`, `syntaxes/${name}`);
}
for (const name of ["LICENSE-MIT", "LICENSE-APACHE"]) {
  await copyFile(`../../../${name}`, name);
}

// The code of others is in the bundle, so their licences are beside it.
const folders = Object.keys(bundled.metafile.inputs).map(
  (path) => /^node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0],
);
const notices = [];
for (const folder of [...new Set(folders)].filter((folder) => folder !== undefined).sort()) {
  const { name, version, license } = JSON.parse(await readFile(`${folder}/package.json`, "utf8"));
  const file = (await readdir(folder)).find((entry) => /^licen[cs]e/i.test(entry));
  if (file === undefined) {
    throw new Error(`${name} has no licence beside it`);
  }
  const text = await readFile(`${folder}/${file}`, "utf8");
  notices.push(`${name} ${version} (${license})\n\n${text.replaceAll("\r\n", "\n").trim()}\n`);
}
await writeFile("dist/LICENSES.txt", notices.join(`\n${"-".repeat(72)}\n\n`));
