/**
 * The page that shows a decision diagram.
 *
 * The drawing of the compiler follows the browser's colour scheme, which in the editor is not that
 * of its theme; here it follows the classes that the editor gives to the page. Nothing from outside
 * is loaded, and only the page's own script and styles run.
 */

/** What the page is made of. */
export interface Page {
  svg: string;
  title: string;
  /** A word that nobody can guess: what carries it is ours. */
  nonce: string;
  /** The script of the page. */
  script: string;
  /** What the editor calls its own resources. */
  source: string;
}

/** A drawing in two pieces, since styles in it would not be let through. */
export interface Drawing {
  svg: string;
  style: string;
}

const DARK = "body:is(.vscode-dark, .vscode-high-contrast:not(.vscode-high-contrast-light))";

/** Take the style out of a drawing, and let the theme of the editor choose among its colours. */
export function drawing(svg: string): Drawing {
  const styles: string[] = [];
  const bare = svg.replace(/<style[^>]*>([^]*?)<\/style>/g, (_, style: string) => {
    styles.push(style);
    return "";
  });
  const scheme = /@media[^{]*\(prefers-color-scheme:\s*dark\)\s*\{/g;
  return { svg: bare, style: styles.join("\n").replace(scheme, `${DARK} {`) };
}

/** The HTML of the page. */
export function page({ svg, title, nonce, script, source }: Page): string {
  const { svg: picture, style } = drawing(svg);
  const policy = [
    "default-src 'none'",
    `style-src 'nonce-${nonce}'`,
    `script-src 'nonce-${nonce}'`,
    `font-src ${source}`,
  ];
  return `<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta http-equiv="Content-Security-Policy" content="${policy.join("; ")}" />
    <title>${escaped(title)}</title>
    <style nonce="${nonce}">${style}
${STYLE}</style>
  </head>
  <body>
    <nav aria-label="Zoom">
      <button id="in" title="Zoom in (+, or Ctrl and the wheel)">+</button>
      <button id="out" title="Zoom out (-, or Ctrl and the wheel)">−</button>
      <button id="fit" title="Show all (0)">Show all</button>
    </nav>
    <main id="stage" tabindex="0" aria-label="${escaped(title)}">${picture}</main>
    <script nonce="${nonce}" src="${script}"></script>
  </body>
</html>
`;
}

/** Text as it may stand in HTML. */
export function escaped(text: string): string {
  const named: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  return text.replace(/[&<>"]/g, (mark) => named[mark] ?? mark);
}

const STYLE = `
html, body { height: 100%; margin: 0; padding: 0; overflow: hidden; }
#stage { height: 100%; overflow: hidden; cursor: grab; outline: none; touch-action: none; }
#stage.dragged { cursor: grabbing; }
#stage > svg { transform-origin: 0 0; max-width: none; }
#stage .page { fill: var(--vscode-editor-background); }
nav { position: fixed; bottom: 8px; right: 8px; display: flex; gap: 4px; z-index: 1; }
button {
  min-width: 26px; padding: 2px 8px; border-radius: 4px; cursor: pointer; font: inherit;
  border: 1px solid var(--vscode-widget-border, var(--vscode-contrastBorder, transparent));
  color: var(--vscode-foreground); background: var(--vscode-editorWidget-background);
}
button:hover { background: var(--vscode-list-hoverBackground); }
button:focus-visible { outline: 1px solid var(--vscode-focusBorder); }
`;
