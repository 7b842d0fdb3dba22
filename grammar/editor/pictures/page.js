// The editor of Visual Studio Code in a page, with the language server behind it.
//
// `ask` and `tell` are given by make.mjs and reach the server; what the server says unasked comes
// in by `heard`. Only what the pictures show is connected.

import * as monaco from "monaco-editor";

const LANGUAGE = "gatewright";

const COLOURS = {
  comment: "7c8799",
  string: "b5d08b",
  number: "e8a87c",
  keyword: "c59bea",
  operator: "6ac7d6",
  decorator: "e6c06c",
  class: "f0d080",
  variable: "82b7f2",
  function: "82b7f2",
  interface: "82b7f2",
  parameter: "e8a87c",
  property: "7fd0b5",
  enumMember: "e8a87c",
  namespace: "7fd0b5",
  type: "7fd0b5",
};

self.MonacoEnvironment = {
  // What a worker does (links, words, differences) is not shown.
  getWorker: () => new Worker(URL.createObjectURL(new Blob([""]))),
};

monaco.editor.defineTheme("pictures", {
  base: "vs-dark",
  inherit: true,
  rules: Object.entries(COLOURS).map(([token, foreground]) => ({ token, foreground })),
  colors: {
    "editor.background": "#1f2430",
    "editorInlayHint.background": "#2b3242",
    "editorInlayHint.foreground": "#9aa7bd",
    "editorCodeLens.foreground": "#8b97ab",
    "editorHoverWidget.background": "#262c3a",
    "editorSuggestWidget.background": "#262c3a",
  },
});
monaco.languages.register({ id: LANGUAGE });
monaco.languages.setLanguageConfiguration(LANGUAGE, {
  wordPattern: /\$?[\p{L}_][\p{L}\p{M}\p{N}\p{Pc}]*|-[A-Za-z]+/u,
  brackets: [["{", "}"], ["[", "]"], ["(", ")"]],
});

const rangeOf = ({ start, end }) =>
  new monaco.Range(start.line + 1, start.character + 1, end.line + 1, end.character + 1);
const placeOf = ({ lineNumber, column }) => ({ line: lineNumber - 1, character: column - 1 });
const spanOf = (range) => ({
  start: placeOf(range.getStartPosition()),
  end: placeOf(range.getEndPosition()),
});
const markdown = (said) => (typeof said === "string" ? { value: said } : { value: said?.value ?? "" });
const documentOf = (model) => ({ uri: model.uri.toString() });

const diagnostics = new Map();

function connect(capabilities) {
  const { legend } = capabilities.semanticTokensProvider;
  monaco.languages.registerDocumentSemanticTokensProvider(LANGUAGE, {
    getLegend: () => legend,
    provideDocumentSemanticTokens: async (model) => {
      const found = await ask("textDocument/semanticTokens/full", { textDocument: documentOf(model) });
      return { data: new Uint32Array(found.data) };
    },
    releaseDocumentSemanticTokens: () => undefined,
  });
  monaco.languages.registerHoverProvider(LANGUAGE, {
    provideHover: async (model, place) => {
      const asked = { textDocument: documentOf(model), position: placeOf(place) };
      const found = await ask("textDocument/hover", asked);
      if (found === null) return null;
      return { contents: [markdown(found.contents)], range: found.range && rangeOf(found.range) };
    },
  });
  monaco.languages.registerCompletionItemProvider(LANGUAGE, {
    triggerCharacters: capabilities.completionProvider.triggerCharacters,
    provideCompletionItems: async (model, place) => {
      const asked = { textDocument: documentOf(model), position: placeOf(place) };
      const found = await ask("textDocument/completion", asked);
      const suggestions = (found.items ?? found).map((item) => ({
        label: item.label,
        kind: item.kind - 1,
        detail: item.detail,
        documentation: item.documentation && markdown(item.documentation),
        insertText: item.textEdit.newText,
        insertTextRules: item.insertTextFormat === 2 ? 4 : 0,
        range: rangeOf(item.textEdit.range),
        sortText: item.sortText,
        filterText: item.filterText,
      }));
      return { suggestions };
    },
  });
  monaco.languages.registerInlayHintsProvider(LANGUAGE, {
    provideInlayHints: async (model, range) => {
      const asked = { textDocument: documentOf(model), range: spanOf(range) };
      const found = await ask("textDocument/inlayHint", asked);
      const hints = (found ?? []).map((hint) => ({
        label: typeof hint.label === "string" ? hint.label : hint.label.map((part) => part.value).join(""),
        position: { lineNumber: hint.position.line + 1, column: hint.position.character + 1 },
        kind: hint.kind,
        paddingLeft: hint.paddingLeft,
        paddingRight: hint.paddingRight,
      }));
      return { hints, dispose: () => undefined };
    },
  });
  monaco.languages.registerCodeActionProvider(LANGUAGE, {
    provideCodeActions: async (model, range) => {
      const there = (diagnostics.get(model.uri.toString()) ?? []).filter((found) =>
        monaco.Range.areIntersectingOrTouching(rangeOf(found.range), range),
      );
      const asked = { textDocument: documentOf(model), range: spanOf(range), context: { diagnostics: there } };
      const found = await ask("textDocument/codeAction", asked);
      const actions = (found ?? []).map((action) => ({
        title: action.title,
        kind: action.kind,
        isPreferred: action.isPreferred,
        edit: { edits: [] },
      }));
      return { actions, dispose: () => undefined };
    },
  });
  if (capabilities.codeLensProvider) {
    monaco.languages.registerCodeLensProvider(LANGUAGE, {
      onDidChange: (listener) => {
        window.lensesChanged = listener;
        return { dispose: () => undefined };
      },
      provideCodeLenses: async (model) => {
        const found = (await ask("textDocument/codeLens", { textDocument: documentOf(model) })) ?? [];
        const resolved = found.map((lens) => (lens.command ? lens : ask("codeLens/resolve", lens)));
        const lenses = (await Promise.all(resolved))
          .filter((lens) => lens?.command)
          .map((lens) => ({ range: rangeOf(lens.range), command: { id: "none", title: lens.command.title } }));
        return { lenses, dispose: () => undefined };
      },
    });
  }
}

const SEVERITIES = [undefined, "error", "warning", "info", "info"];
const MARKERS = [undefined, 8, 4, 2, 1];

/** Show the findings of the file, in the text and below it. */
function show(uri) {
  const model = editor.getModel();
  if (model?.uri.toString() !== uri) return;
  const found = diagnostics.get(uri) ?? [];
  const related = (one) =>
    (one.relatedInformation ?? []).map(({ location, message }) => {
      const { startLineNumber, startColumn, endLineNumber, endColumn } = rangeOf(location.range);
      const resource = monaco.Uri.parse(location.uri);
      return { resource, message, startLineNumber, startColumn, endLineNumber, endColumn };
    });
  const markers = found.map((one) => ({
    ...rangeOf(one.range),
    severity: MARKERS[one.severity],
    message: one.message?.value ?? one.message,
    code: { value: String(one.code), target: monaco.Uri.parse("https://example.org") },
    relatedInformation: related(one),
    tags: one.tags,
  }));
  monaco.editor.setModelMarkers(model, LANGUAGE, markers);
  const rows = found.map((one) => {
    const row = document.createElement("div");
    row.className = SEVERITIES[one.severity];
    const [code, place] = [document.createElement("b"), document.createElement("i")];
    code.textContent = one.code;
    place.textContent = `[${one.range.start.line + 1}, ${one.range.start.character + 1}]`;
    const message = (one.message?.value ?? one.message).split("\n")[0];
    row.append(code, message, place);
    return row;
  });
  document.getElementById("problems").replaceChildren(...rows);
}

window.heard = (method, params) => {
  if (method === "textDocument/publishDiagnostics") {
    diagnostics.set(params.uri, params.diagnostics);
    show(params.uri);
    window.lensesChanged?.();
  }
};

let editor;

/** Open a file, with the server behind it. */
window.start = (capabilities) => {
  connect(capabilities);
  editor = monaco.editor.create(document.getElementById("editor"), {
    theme: "pictures",
    "semanticHighlighting.enabled": true,
    fontSize: 14,
    fontFamily: "DejaVu Sans Mono, monospace",
    minimap: { enabled: false },
    scrollBeyondLastLine: false,
    stickyScroll: { enabled: false },
    hover: { delay: 50, sticky: true, above: false },
    glyphMargin: false,
    automaticLayout: true,
    renderLineHighlight: "none",
    overviewRulerLanes: 0,
    scrollbar: { vertical: "hidden", horizontal: "hidden" },
    wordBasedSuggestions: "off",
    occurrencesHighlight: "off",
    suggest: { showStatusBar: false, preview: false },
    lightbulb: { enabled: "on" },
  });
  window.editor = editor;
};

window.open_ = async (uri, name, text) => {
  document.getElementById("tab").textContent = name;
  const model = monaco.editor.createModel(text, LANGUAGE, monaco.Uri.parse(uri));
  let version = 1;
  await tell("textDocument/didOpen", {
    textDocument: { uri, languageId: LANGUAGE, version, text: model.getValue() },
  });
  model.onDidChangeContent(() => {
    version += 1;
    const contentChanges = [{ text: model.getValue() }];
    tell("textDocument/didChange", { textDocument: { uri, version }, contentChanges });
  });
  editor.setModel(model);
  show(uri);
};

/** The place of a word on the screen, and the cursor there if wished. */
window.placeOf = (word, nth = 0) => {
  const model = editor.getModel();
  const match = model.findMatches(word, false, false, true, null, false)[nth];
  return match.range;
};
