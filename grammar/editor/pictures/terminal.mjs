/**
 * Neovim in a terminal: tmux keeps the screen, and what it says of each cell is drawn by the
 * browser.
 */

import { spawnSync } from "node:child_process";
import { cp, readFile, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { pathToFileURL } from "node:url";

const COLUMNS = 118;
const LINES = 29;
const [FOREGROUND, BACKGROUND] = ["#c8ccd4", "#1f2430"];

/** Colours as in the other pictures, for groups that Neovim 0.7 has too. */
const COLOURS = `
set termguicolors number linebreak signcolumn=yes noswapfile laststatus=0 noruler noshowcmd shortmess+=F
highlight Normal guifg=${FOREGROUND} guibg=${BACKGROUND}
highlight NormalFloat guifg=${FOREGROUND} guibg=#2b3242
highlight FloatBorder guifg=#6aa5e8 guibg=#2b3242
highlight LineNr guifg=#5b6477
highlight SignColumn guibg=${BACKGROUND}
highlight EndOfBuffer guifg=${BACKGROUND}
highlight Comment guifg=#7c8799
highlight SpecialComment guifg=#7c8799
highlight Keyword guifg=#c59bea
highlight Statement guifg=#c59bea gui=NONE
highlight Operator guifg=#6ac7d6
highlight Function guifg=#82b7f2
highlight Identifier guifg=#7fd0b5
highlight Type guifg=#7fd0b5 gui=NONE
highlight Constant guifg=#e8a87c
highlight Number guifg=#e8a87c
highlight String guifg=#b5d08b
highlight DiagnosticError guifg=#ef7a85
highlight DiagnosticWarn guifg=#e6c06c
highlight DiagnosticUnderlineError gui=undercurl guisp=#ef7a85
highlight DiagnosticUnderlineWarn gui=undercurl guisp=#e6c06c
`;

/** The block of a page that follows a marker. */
function block(page, marker) {
  return new RegExp(`<!-- ${marker} -->\\n\`\`\`\\w+\\n([^]*?)\`\`\``).exec(page)[1];
}

/** A screen as tmux captures it, as HTML: text, and the escape sequences that colour it. */
function drawn(screen) {
  const escape = (text) =>
    text.replace(/[&<>]/g, (character) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[character]);
  let style = {};
  const span = (text) => {
    const [fg, bg] = style.reverse ? [style.bg ?? BACKGROUND, style.fg ?? FOREGROUND] : [style.fg, style.bg];
    const rules = [
      fg && `color:${fg}`,
      bg && `background:${bg}`,
      style.bold && "font-weight:bold",
      style.italic && "font-style:italic",
      style.underline && "text-decoration:underline wavy",
      style.underline && style.line && `text-decoration-color:${style.line}`,
    ];
    return text && `<span style="${rules.filter(Boolean).join(";")}">${escape(text)}</span>`;
  };
  let html = "";
  let from = 0;
  for (const found of screen.matchAll(/\x1b\[([\d;:]*)m/g)) {
    html += span(screen.slice(from, found.index));
    from = found.index + found[0].length;
    style = styled(style, found[1].replaceAll("::", ":"));
  }
  return html + span(screen.slice(from));
}

/** The style after an escape sequence. */
function styled(before, codes) {
  const style = { ...before };
  const words = codes.split(";").flatMap((word) => (word.startsWith("4:") ? [word] : word.split(":")));
  const colour = () => {
    words.shift();
    return `rgb(${words.splice(0, 3).join(",")})`;
  };
  while (words.length > 0) {
    const code = words.shift();
    if (code === "" || code === "0") Object.keys(style).forEach((key) => delete style[key]);
    else if (code === "1") style.bold = true;
    else if (code === "3") style.italic = true;
    else if (code.startsWith("4") && (code === "4" || code.startsWith("4:"))) style.underline = true;
    else if (code === "7") style.reverse = true;
    else if (code === "24") style.underline = false;
    else if (code === "38") style.fg = colour();
    else if (code === "48") style.bg = colour();
    else if (code === "58") style.line = colour();
    else if (code === "39") delete style.fg;
    else if (code === "49") delete style.bg;
  }
  return style;
}

export async function terminal({ browser, folder, repository, program, picture }) {
  const project = join(folder, "neovim");
  await cp(join(repository, "examples/contoso"), project, { recursive: true });
  const page = await readFile(join(repository, "docs/editors.md"), "utf8");
  await writeFile(join(folder, "server.lua"), block(page, "neovim-0.7"));
  await writeFile(
    join(folder, "init.vim"),
    `set runtimepath^=${join(repository, "grammar/editor/vim")}
filetype plugin on
syntax on
luafile ${join(folder, "server.lua")}
lua vim.lsp.handlers["textDocument/hover"] = vim.lsp.with(vim.lsp.handlers.hover, { border = "rounded", max_width = 84 })
nnoremap K <cmd>lua vim.lsp.buf.hover()<cr>
${COLOURS}`,
  );
  const socket = `gatewright-pictures-${process.pid}`;
  const tmux = (...words) => {
    const environment = {
      ...process.env,
      TMUX: "",
      XDG_CACHE_HOME: folder,
      XDG_STATE_HOME: folder,
      XDG_DATA_HOME: folder,
      LC_ALL: "C.UTF-8",
      COLORTERM: "truecolor",
      PATH: `${dirname(program)}${delimiter}${process.env.PATH}`,
    };
    const done = spawnSync("tmux", ["-f", "/dev/null", "-L", socket, ...words], {
      env: environment,
      encoding: "utf8",
      cwd: project,
    });
    if (done.status !== 0) throw new Error(`tmux ${words.join(" ")}: ${done.stderr}`);
    return done.stdout;
  };
  const keys = async (...words) => {
    tmux("send-keys", ...words);
    await pause(1500);
  };
  const size = ["-x", String(COLUMNS), "-y", String(LINES)];
  tmux("new-session", "-d", ...size, "nvim", "-u", join(folder, "init.vim"), "-i", "NONE", "policies/devices.gate");
  try {
    tmux("set-option", "-ga", "terminal-overrides", ",*:Tc");
    await pause(3000);
    // A misspelt word, and what an attribute says.
    await keys(":silent 16s/clients /client  /", "Enter");
    await keys(":12", "Enter", "zt", ":17", "Enter", "f.", "l", ":nohlsearch | echo ''", "Enter");
    await keys("K");
    const screen = tmux("capture-pane", "-e", "-p", "-N");
    const sheet = `margin:0;padding:10px 12px;background:${BACKGROUND};color:${FOREGROUND};
      font:14px/20px 'DejaVu Sans Mono',monospace;width:max-content`;
    // As high as a line, so that a background has no gaps.
    const cells = "span { padding: 1.85px 0 }";
    await writeFile(
      join(folder, "terminal.html"),
      `<!doctype html><meta charset="utf-8"><style>${cells}</style><body style="margin:0"><pre style="${sheet}">${drawn(screen)}</pre>`,
    );
    const shown = await browser.newPage({ viewport: { width: 1020, height: 560 }, deviceScaleFactor: 2 });
    await shown.goto(pathToFileURL(join(folder, "terminal.html")).toString());
    await picture("neovim", await shown.locator("pre").screenshot());
    await shown.close();
  } finally {
    tmux("kill-server");
  }
}
