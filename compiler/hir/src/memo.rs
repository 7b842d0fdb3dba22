//! What was found in files that have not changed since.
//!
//! A file that declares neither names nor templates nor a schema says nothing of other files, and
//! what is found in a file hangs on itself and on what files declare. So while the declaring files
//! are the same, only a file that is new is walked through. Copies that templates and rules with
//! parameters leave behind are walked through each time.
//!
//! INVARIANT: with a memo, a check finds what it finds without one. Budgets that files share are
//! charged for remembered files as if they had been walked through; where one could run out, nothing
//! is remembered.

use std::sync::Arc;

use gatewright_source::SourceId;
use gatewright_syntax::ast::{self, DeclarationKind};
use rustc_hash::FxHashMap;

use crate::references::Reference;
use crate::symbols::{Charge, Symbols};
use crate::template;
use crate::walk::Found;

/// What was found in files that have not changed since.
#[derive(Default)]
pub struct Memo {
    is_kept: bool,
    declaring: Vec<Arc<ast::File>>,
    by_source: FxHashMap<SourceId, Remembered>,
}

struct Remembered {
    file: Arc<ast::File>,
    found: Found,
    charge: Charge,
    references: Vec<Reference>,
}

impl Memo {
    /// Whether the last check found all that files speak of as it was.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        self.is_kept
    }

    /// Forget everything.
    fn forget(&mut self) {
        self.is_kept = false;
        self.declaring.clear();
        self.by_source.clear();
    }

    /// Get ready for these files.
    pub(crate) fn keep_for(&mut self, files: &[&Arc<ast::File>]) {
        let declaring = files.iter().copied().filter(|file| declares(file));
        let declaring: Vec<Arc<ast::File>> = declaring.cloned().collect();
        let pairs = declaring.iter().zip(&self.declaring);
        let is_same = declaring.len() == self.declaring.len() && { pairs }
            .all(|(new, old)| Arc::ptr_eq(new, old));
        self.is_kept = is_same;
        if !is_same {
            self.forget();
            self.declaring = declaring;
        }
    }

    /// Add what is in a file to what was found before it.
    pub(crate) fn walk(
        &mut self,
        file: &Arc<ast::File>,
        symbols: &Symbols<'_>,
        found: &mut Found,
        walk: impl FnOnce(&mut Found),
    ) {
        let known = self.by_source.get(&file.source);
        if let Some(known) = known.filter(|known| Arc::ptr_eq(&known.file, file))
            && symbols.can_afford(known.charge)
            && found.can_take(&known.found)
        {
            symbols.charge(known.charge);
            for known in &known.references {
                let target = || known.target.clone();
                symbols.references().note(known.span, target);
            }
            found.take(&known.found);
            return;
        }
        let before = symbols.charged();
        let count = symbols.references().count();
        let mut own = found.begin();
        walk(&mut own);
        let charge = symbols.charged().since(before);
        found.take(&own);
        self.by_source.remove(&file.source);
        // What was cut short would be longer where there is more left of the budget.
        if symbols.can_afford(Charge::default()) && found.can_take(&Found::default()) {
            let file = Arc::clone(file);
            let remembered = Remembered {
                file,
                found: own,
                charge,
                references: symbols.references().since(count),
            };
            self.by_source.insert(remembered.file.source, remembered);
        }
    }
}

/// Whether a file declares something that others can speak of.
fn declares(file: &ast::File) -> bool {
    use DeclarationKind as K;
    let is_leaf = |kind: &DeclarationKind| {
        matches!(
            kind,
            K::Policy { .. }
                | K::Scope { .. }
                | K::Test { .. }
                | K::Compliance { .. }
                | K::Invariant { .. }
        )
    };
    // A scope may have templates inside, whose policies have their places in other files.
    let is_one = |d: &ast::Declaration| !is_leaf(&d.kind) || template::has_template(d);
    file.declarations.iter().any(is_one)
}
