/**
 * The page that shows Markdown: explanations, sign-ins, pages of diagnostics.
 *
 * It has no script, and loads nothing. Links go to places of files and to pages of diagnostics by
 * commands of this extension, and to the web; what other links mean is not known here.
 */

import { escaped } from "./picture";

/** What the page is made of. */
export interface Article {
  title: string;
  /** The Markdown, rendered. */
  html: string;
  /** A word that nobody can guess: what carries it is ours. */
  nonce: string;
}

/** A place of a file; lines and columns are counted from one. */
export interface FilePlace {
  path: string;
  line: number;
  column: number;
}

/** The commands that links of a page may run. */
export const linkCommands = ["gatewright.showPlace", "gatewright.showPage"] as const;

/** The address of a link that runs a command. */
function commandLink(name: (typeof linkCommands)[number], argument: unknown): string {
  return `command:${name}?${encodeURIComponent(JSON.stringify([argument]))}`;
}

/** A place in brackets, as the server writes it. */
const PLACE = /\(([^()\n]+?\.(?:gate|json)):(\d+):(\d+)\)/g;

/** Markdown in which places are links; what they lead to is told by `linked`. */
export function withPlaces(markdown: string): { markdown: string; places: FilePlace[] } {
  const places: FilePlace[] = [];
  const linked = markdown.replace(PLACE, (whole, path: string, line: string, column: string) => {
    places.push({ path, line: Number(line), column: Number(column) });
    return `([${whole.slice(1, -1)}](#place-${places.length - 1}))`;
  });
  return { markdown: linked, places };
}

/** Rendered Markdown whose links lead somewhere; those that would not are plain text. */
export function linked(html: string, places: FilePlace[]): string {
  return html.replace(/<a\s[^>]*?>/g, (tag) => {
    const href = /\shref="([^"]*)"/.exec(tag)?.[1] ?? "";
    const target = leads(href, places);
    return target === undefined ? "<a>" : `<a href="${escaped(target)}">`;
  });
}

function leads(href: string, places: FilePlace[]): string | undefined {
  const place = places[Number(/^#place-(\d+)$/.exec(href)?.[1] ?? -1)];
  if (place !== undefined) {
    return commandLink("gatewright.showPlace", place);
  }
  const code = /(?:^|\/)(GW\d{4})\.md$/.exec(href)?.[1];
  if (code !== undefined) {
    return commandLink("gatewright.showPage", code);
  }
  return /^https:\/\//.test(href) ? href.replaceAll("&amp;", "&") : undefined;
}

/** The HTML of the page. */
export function article({ title, html, nonce }: Article): string {
  const policy = `default-src 'none'; style-src 'nonce-${nonce}'`;
  return `<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta http-equiv="Content-Security-Policy" content="${policy}" />
    <title>${escaped(title)}</title>
    <style nonce="${nonce}">${STYLE}</style>
  </head>
  <body>${html}</body>
</html>
`;
}

const STYLE = `
body {
  max-width: 56em; margin: 0 auto; padding: 4px 24px 32px; line-height: 1.5;
  font-size: var(--vscode-font-size, 13px);
}
h1, h2, h3 { margin: 1.4em 0 0.5em; font-weight: 600; line-height: 1.3; }
h1 { font-size: 1.6em; }
h2 { font-size: 1.4em; }
h3 { font-size: 1.1em; }
body > :first-child { margin-top: 0.8em; }
p, ul, ol, pre { margin: 0.6em 0; }
ul, ol { padding-left: 1.6em; }
li > p { margin: 0.3em 0; }
li li { color: var(--vscode-descriptionForeground); }
a { color: var(--vscode-textLink-foreground); text-decoration: none; }
a:hover { color: var(--vscode-textLink-activeForeground); text-decoration: underline; }
a:not([href]) { color: inherit; text-decoration: none; }
code { font-family: var(--vscode-editor-font-family, monospace); font-size: 0.95em; }
:not(pre) > code {
  padding: 1px 4px; border-radius: 3px; color: inherit; overflow-wrap: anywhere;
  background: var(--vscode-textCodeBlock-background);
}
:is(h1, h2, h3) > code { padding: 0; background: none; font: inherit; }
pre {
  padding: 10px 14px; border-radius: 4px; overflow: auto;
  background: var(--vscode-textCodeBlock-background);
}
table { border-collapse: collapse; }
th, td { padding: 3px 10px; text-align: left; border: 1px solid var(--vscode-widget-border, #8884); }
.hljs-attr, .hljs-keyword, .hljs-built_in { color: var(--vscode-symbolIcon-keywordForeground); }
.hljs-string { color: var(--vscode-debugTokenExpression-string); }
.hljs-number, .hljs-literal { color: var(--vscode-debugTokenExpression-number); }
.hljs-attr { color: var(--vscode-debugTokenExpression-name); }
.hljs-comment { color: var(--vscode-descriptionForeground); }
`;
