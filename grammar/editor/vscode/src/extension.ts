/** The extension: a language server, and what only this editor can show of its answers. */

import * as vscode from "vscode";

import type { FilePlace } from "./article";
import { explain } from "./explain";
import { asText } from "./failure";
import { Graphs } from "./graph";
import { Pages } from "./pages";
import { Projects } from "./projects";
import { pageRequest, type PolicyEffect, type Witness } from "./protocol";
import { Server } from "./server";
import { showStatus } from "./status";
import { Tests } from "./testing";

let running: Server | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const server = new Server();
  running = server;
  const projects = new Projects(server);
  const pages = new Pages(context.extensionUri);
  const graphs = new Graphs(server, context.extensionUri);
  const tests = new Tests(server);
  const status = showStatus(server, projects);
  context.subscriptions.push(server, projects, pages, graphs, tests, status);

  const command = (name: string, run: (...args: never[]) => unknown): void => {
    context.subscriptions.push(vscode.commands.registerCommand(name, run));
  };
  command("gatewright.restart", () => server.restart());
  command("gatewright.showOutput", () => server.showOutput());
  command("gatewright.explain", (file?: unknown) =>
    explain({ server, projects, pages }, file instanceof vscode.Uri ? file : undefined),
  );
  command("gatewright.showPage", (code?: unknown) => showPage(server, pages, code));
  command("gatewright.showPlace", (place: FilePlace) => pages.showPlace(place));
  command("gatewright.openGraph", (uri?: unknown, policy?: unknown) =>
    openGraph(graphs, projects, uri, policy),
  );
  command("gatewright.runTest", (id: string) => tests.runOne(id));
  command("gatewright.showWitness", (witness: Witness) => showWitness(pages, witness));
  command("gatewright.showPolicyEffect", (effect: PolicyEffect) =>
    pages.show(effect.title, effect.markdown),
  );

  context.subscriptions.push(
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration("gatewright.path")) {
        void server.restart();
      }
    }),
  );
  await server.start();
}

/** The editor waits for this, so that no server is left behind. */
export async function deactivate(): Promise<void> {
  await running?.stop();
}

/**
 * Show the diagram of what a lens names; else of the policy at the cursor, or of all policies of
 * the project.
 */
async function openGraph(
  graphs: Graphs,
  projects: Projects,
  uri: unknown,
  policy: unknown,
): Promise<void> {
  // A menu hands over an address that is no text.
  if (typeof uri === "string") {
    await graphs.open(uri, typeof policy === "string" ? policy : undefined);
    return;
  }
  const editor = vscode.window.activeTextEditor;
  if (editor?.document.languageId === "gatewright") {
    await graphs.open(editor.document.uri.toString(), await policyAtCursor(editor));
    return;
  }
  try {
    const project = await projects.choose(editor?.document.uri, "Decision diagram");
    if (project !== undefined) {
      await graphs.open(project.toString(), undefined);
    }
  } catch {
    void vscode.window.showInformationMessage("Open a policy to see its decision diagram.");
  }
}

/** The name of the policy that the cursor is in. */
async function policyAtCursor({
  document,
  selection,
}: vscode.TextEditor): Promise<string | undefined> {
  const found = await vscode.commands.executeCommand<vscode.DocumentSymbol[] | undefined>(
    "vscode.executeDocumentSymbolProvider",
    document.uri,
  );
  let around = found ?? [];
  let name: string | undefined;
  while (around.length > 0) {
    const here = around.find(({ range }) => range.contains(selection.active));
    // The words of a template are not the name of a policy yet.
    if (here === undefined || here.kind === vscode.SymbolKind.Interface) {
      break;
    }
    const word = document.getText(new vscode.Range(here.range.start, here.range.end));
    name = /^(?:\s|@.*\n)*policy\b/.test(word) ? here.name : name;
    around = here.children;
  }
  return name;
}

/** Show the page of a diagnostic: of a code, of the finding at the cursor, or of one to be typed. */
async function showPage(server: Server, pages: Pages, code: unknown): Promise<void> {
  const client = server.client;
  if (client === undefined) {
    server.sayNotRunning();
    return;
  }
  const wanted = typeof code === "string" ? code : (codeAtCursor() ?? (await askForCode()));
  if (wanted === undefined) {
    return;
  }
  try {
    const { markdown } = await client.sendRequest(pageRequest, { code: wanted });
    await pages.show(wanted, markdown);
  } catch (error) {
    void vscode.window.showErrorMessage(`There is no page of ${wanted}: ${asText(error)}`);
  }
}

/** A code of this compiler. */
const CODE = /^GW\d{4}$/i;

function codeAtCursor(): string | undefined {
  const editor = vscode.window.activeTextEditor;
  if (editor === undefined) {
    return undefined;
  }
  const found = vscode.languages.getDiagnostics(editor.document.uri);
  const here = found.filter(({ range }) => range.contains(editor.selection.active));
  const codes = here.map(({ code }) => String(typeof code === "object" ? code.value : code));
  return codes.find((code) => CODE.test(code));
}

async function askForCode(): Promise<string | undefined> {
  const code = await vscode.window.showInputBox({
    title: "The page of a diagnostic",
    placeHolder: "GW0302",
    validateInput: (text) => (CODE.test(text.trim()) ? undefined : "A code such as GW0302"),
  });
  return code?.trim().toUpperCase();
}

/** Show a sign-in that refutes an invariant: the explanation, and the request to try it with. */
async function showWitness(pages: Pages, witness: Witness): Promise<void> {
  const { title, request, markdown } = witness;
  const json = typeof request === "string" ? request : JSON.stringify(request, undefined, 2);
  await pages.show(title, `${markdown.trimEnd()}\n\n\`\`\`json\n${json}\n\`\`\`\n`);
}
