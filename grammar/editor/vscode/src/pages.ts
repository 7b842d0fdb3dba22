/** Pages that are shown rendered: explanations, sign-ins that refute, pages of diagnostics. */

import { randomBytes } from "node:crypto";
import { isAbsolute } from "node:path";

import * as vscode from "vscode";

import { article, linkCommands, linked, withPlaces, type FilePlace } from "./article";

/** The pages that are open, by their titles. */
export class Pages implements vscode.Disposable {
  readonly #shown = new Map<string, vscode.WebviewPanel>();
  readonly #icon: vscode.Uri;
  /** The folder that paths of the last explanation start from. */
  #base: vscode.Uri | undefined;

  constructor(extension: vscode.Uri) {
    this.#icon = vscode.Uri.joinPath(extension, "images", "file.svg");
  }

  /**
   * Show a page beside the text; one of the same title takes its place. Places of files in it are
   * links where their folder is given.
   */
  async show(title: string, markdown: string, base?: vscode.Uri): Promise<void> {
    this.#base = base ?? this.#base;
    const text = base === undefined ? { markdown, places: [] } : withPlaces(markdown);
    const html = await vscode.commands.executeCommand<string>("markdown.api.render", text.markdown);
    const panel = this.#shown.get(title) ?? this.#open(title);
    panel.webview.html = article({
      title,
      html: linked(html, text.places),
      nonce: randomBytes(18).toString("base64url"),
    });
    panel.reveal(undefined, true);
  }

  /** Show the place that a link of a page names. */
  async showPlace({ path, line, column }: FilePlace): Promise<void> {
    const base = isAbsolute(path) ? undefined : this.#base;
    const uri = base === undefined ? vscode.Uri.file(path) : vscode.Uri.joinPath(base, path);
    const start = new vscode.Position(line - 1, column - 1);
    const editors = vscode.window.visibleTextEditors;
    const editor = editors.find(({ document }) => document.uri.fsPath === uri.fsPath) ?? editors[0];
    await vscode.window.showTextDocument(uri, {
      viewColumn: editor?.viewColumn ?? vscode.ViewColumn.One,
      selection: new vscode.Range(start, start),
    });
  }

  #open(title: string): vscode.WebviewPanel {
    // Beside the text, or where another page is already.
    const [other] = this.#shown.values();
    const viewColumn = other?.viewColumn ?? vscode.ViewColumn.Beside;
    const panel = vscode.window.createWebviewPanel(
      "gatewright.page",
      title,
      { viewColumn, preserveFocus: true },
      { enableCommandUris: linkCommands, enableFindWidget: true, localResourceRoots: [] },
    );
    panel.iconPath = this.#icon;
    this.#shown.set(title, panel);
    panel.onDidDispose(() => this.#shown.delete(title));
    return panel;
  }

  dispose(): void {
    for (const panel of [...this.#shown.values()]) {
      panel.dispose();
    }
  }
}
