//! What a request is answered from: the projects as they are when it arrives.

use std::sync::Arc;

use gatewright_compiler::Cancellation;
use gatewright_ide::Snapshot;
use gatewright_source::{ColumnUnit, SourceId, Span};
use gen_lsp_types::{Location, Position, Range, TextDocumentPositionParams, Uri};

use crate::client::{Abilities, Client};
use crate::diagnostics::Board;
use crate::outcomes::Outcomes;
use crate::positions;
use crate::projects::Names;
use crate::settings::Settings;
use crate::tokens::Told;
use crate::uri::Key;

/// A project as it is at one moment, with the way to and from the protocol's words.
#[derive(Clone)]
pub(crate) struct View {
    /// The name of the project.
    pub(crate) name: String,
    /// What the project is in.
    pub(crate) root: Key,
    /// What the compiler made of it.
    pub(crate) snapshot: Snapshot,
    /// Where its files are.
    pub(crate) names: Arc<Names>,
    /// What columns are counted in.
    pub(crate) unit: ColumnUnit,
    /// What was found out about this compilation.
    pub(crate) outcomes: Arc<Outcomes>,
}

impl View {
    /// The URI of the project: of its folder, or of the text that is all of it.
    pub(crate) fn uri_of_project(&self) -> Uri {
        self.root.uri()
    }

    /// The URI of a source; none for what is built in.
    pub(crate) fn uri(&self, source: SourceId) -> Option<Uri> {
        let name = self.snapshot.compilation().sources.name(source);
        self.names.place(name).map(|(_, uri)| uri.clone())
    }

    /// The source of a URI.
    pub(crate) fn source(&self, uri: &Uri) -> Option<SourceId> {
        self.snapshot.source(self.names.name(&Key::of(uri))?)
    }

    /// A span as lines and columns.
    pub(crate) fn range(&self, span: Span) -> Range {
        let source = self.snapshot.compilation().sources.get(span.source);
        source.map_or_else(Range::default, |source| {
            positions::range(source, span, self.unit)
        })
    }

    /// A span with the file that it is in; none for what is built in.
    pub(crate) fn location(&self, span: Span) -> Option<Location> {
        Some(Location {
            uri: self.uri(span.source)?,
            range: self.range(span),
        })
    }

    /// The offset of a place.
    pub(crate) fn offset(&self, source: SourceId, at: Position) -> u32 {
        let source = self.snapshot.compilation().sources.get(source);
        source.map_or(0, |source| positions::offset(source, at, self.unit))
    }

    /// The span of a range.
    pub(crate) fn span(&self, source: SourceId, range: Range) -> Span {
        let at = |place| self.offset(source, place);
        Span::new(source, at(range.start), at(range.end))
    }
}

/// A file in its project.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    /// The project.
    pub(crate) view: &'a View,
    /// The file.
    pub(crate) source: SourceId,
}

/// Everything that requests are answered from.
#[derive(Clone)]
pub(crate) struct Context {
    /// Every project, in order of the names.
    pub(crate) views: Arc<[View]>,
    /// What is said of every file.
    pub(crate) board: Arc<Board>,
    /// What the client can do.
    pub(crate) abilities: Arc<Abilities>,
    /// What the user has set.
    pub(crate) settings: Arc<Settings>,
    /// The semantic tokens that the client has been told.
    pub(crate) tokens: Arc<Told>,
    /// How to speak to the client.
    pub(crate) client: Arc<Client>,
    /// The instant of sign-ins that name none, in milliseconds since 1970.
    pub(crate) now: Option<i64>,
    /// What the answer is made under, and ends with when it is not wanted any more.
    pub(crate) cancellation: Cancellation,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The file is of no project: the answer is `null`.
    UnknownFile,
    /// The parameters make no sense.
    Invalid(String),
    /// It cannot be done, in words for the user.
    Failed(String),
    /// What was asked about has changed meanwhile.
    Stale,
}

/// What a request comes to.
pub(crate) type Reply<T> = Result<T, Failure>;

impl Context {
    /// The file of a URI, in the project that is nearest to it.
    pub(crate) fn file(&self, uri: &Uri) -> Reply<Place<'_>> {
        let found = self.views.iter().filter_map(|view| {
            let source = view.source(uri)?;
            Some(Place { view, source })
        });
        let is_around = |place: &Place<'_>| Key::of(uri).name().starts_with(&place.view.name);
        let nearest = |place: &Place<'_>| (is_around(place), place.view.name.len());
        found.max_by_key(nearest).ok_or(Failure::UnknownFile)
    }

    /// The project that a file is in, or whose folder this is.
    pub(crate) fn project(&self, uri: &Uri) -> Reply<&View> {
        if let Ok(place) = self.file(uri) {
            return Ok(place.view);
        }
        let key = Key::of(uri);
        let found = self.views.iter().find(|view| view.root == key);
        found.ok_or_else(|| Failure::Failed(format!("`{}` is of no project", key.name())))
    }

    /// Have lenses shown anew, because they say something else without an edit.
    pub(crate) fn refresh_lenses(&self) {
        if self.abilities.refreshes_lenses {
            self.client
                .request::<gen_lsp_types::CodeLensRefreshRequest>(&());
        }
    }

    /// The file and the offset of a place.
    pub(crate) fn at(&self, params: &TextDocumentPositionParams) -> Reply<(Place<'_>, u32)> {
        let place = self.file(&params.text_document.uri)?;
        Ok((place, place.view.offset(place.source, params.position)))
    }
}
