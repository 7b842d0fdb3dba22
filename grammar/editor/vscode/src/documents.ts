/** Pages that are shown rendered: explanations, witnesses, pages of diagnostics. */

import * as vscode from "vscode";

const SCHEME = "gatewright-page";

/** Read-only Markdown documents, by the path of their address. */
export class Pages implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #texts = new Map<string, string>();
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  readonly #registered = vscode.workspace.registerTextDocumentContentProvider(SCHEME, this);
  readonly #closed = vscode.workspace.onDidCloseTextDocument(({ uri }) => {
    if (uri.scheme === SCHEME) {
      this.#texts.delete(uri.path);
    }
  });

  readonly onDidChange = this.#changed.event;

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.#texts.get(uri.path) ?? "";
  }

  /** Show a page beside what is open; one of the same title takes its place. */
  async show(title: string, markdown: string): Promise<void> {
    const path = `/${title.replace(/[\\/?#%:]+/g, " ").trim()}.md`;
    const uri = vscode.Uri.from({ scheme: SCHEME, path });
    this.#texts.set(path, markdown);
    this.#changed.fire(uri);
    await vscode.workspace.openTextDocument(uri);
    await vscode.commands.executeCommand("markdown.showPreviewToSide", uri);
  }

  dispose(): void {
    this.#registered.dispose();
    this.#closed.dispose();
    this.#changed.dispose();
  }
}
