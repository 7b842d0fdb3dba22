//! What the lowering of every policy looks up: attributes by name, locations and resource groups by
//! id.

use std::borrow::Cow;

use gatewright_hir::model::{LocationKind, NamedLocation, PolicySet};
use gatewright_hir::schema::AttributeId;
use gatewright_value::{AddressRange, fold};
use rustc_hash::FxHashMap;

use crate::atom::{Atom, Question};
use crate::formula::Formula;

/// A formula before classes are known.
pub(crate) type Asked<'a> = Formula<Atom<'a>>;

/// A policy set with the indexes that lowering needs.
pub(crate) struct Context<'a> {
    pub(crate) set: &'a PolicySet,
    attribute_by_name: FxHashMap<String, AttributeId>,
    location_by_id: FxHashMap<Cow<'a, str>, &'a NamedLocation>,
    apps_by_group: FxHashMap<Cow<'a, str>, &'a [String]>,
    /// The ranges of all trusted locations; `None` where no location is trusted.
    trusted: Option<Vec<AddressRange>>,
}

impl<'a> Context<'a> {
    pub(crate) fn new(set: &'a PolicySet) -> Context<'a> {
        let attribute_by_name = (0u32..)
            .zip(&set.schema.attributes)
            .map(|(id, attribute)| (fold(&attribute.name).into_owned(), AttributeId(id)))
            .collect();
        let mut trusted: Option<Vec<AddressRange>> = None;
        for location in &set.locations {
            if let LocationKind::Ranges {
                ranges,
                is_trusted: true,
            } = &location.kind
            {
                trusted.get_or_insert_default().extend(ranges);
            }
        }
        // Of two objects with one id the first counts; the checks before have reported it.
        let locations = set.locations.iter().rev();
        let groups = set.app_groups.iter().rev();
        Context {
            set,
            attribute_by_name,
            location_by_id: locations.map(|l| (fold(&l.id), l)).collect(),
            apps_by_group: groups.map(|g| (fold(&g.name), g.apps.as_slice())).collect(),
            trusted: trusted.map(merged),
        }
    }

    /// A question about the attribute of this name (lower case). A schema without the attribute
    /// leaves the answer open: that must not make a policy apply to more or to less.
    pub(crate) fn ask<'c>(&'c self, attribute: &str, question: Question<'c>) -> Asked<'c> {
        match self.attribute_by_name.get(attribute) {
            Some(id) => self.ask_of(*id, question),
            None => Formula::Unknown,
        }
    }

    /// A question about an attribute. One that does not fit the attribute's type has no answer; the
    /// checks before have reported it.
    pub(crate) fn ask_of<'c>(&self, attribute: AttributeId, question: Question<'c>) -> Asked<'c> {
        let kind = self
            .set
            .schema
            .attribute(attribute)
            .map(|found| &found.kind);
        if kind.is_some_and(|kind| question.fits(kind)) {
            Formula::Literal(Atom::new(attribute, question))
        } else {
            Formula::Unknown
        }
    }

    /// Whether the attribute is equal to one of these texts, which are folded here. An empty list
    /// of members matches nothing, even where the fact is unknown.
    pub(crate) fn equals<'c, 't>(
        &'c self,
        attribute: &str,
        texts: impl IntoIterator<Item = &'t str>,
    ) -> Asked<'c> {
        let texts: Vec<String> = texts.into_iter().map(|t| fold(t).into_owned()).collect();
        if texts.is_empty() {
            return Formula::False;
        }
        self.ask(attribute, Question::OneOf(Cow::Owned(texts)))
    }

    pub(crate) fn is_true(&self, attribute: &str) -> Asked<'_> {
        self.ask(attribute, Question::Is(true))
    }

    pub(crate) fn has<'c>(&'c self, attribute: &str, element: &'c str) -> Asked<'c> {
        self.ask(attribute, Question::Has(fold(element)))
    }

    pub(crate) fn location(&self, id: &str) -> Option<&'a NamedLocation> {
        self.location_by_id.get(fold(id).as_ref()).copied()
    }

    /// The applications of a resource group; none where the group is not known.
    pub(crate) fn apps(&self, group: &str) -> &'a [String] {
        self.apps_by_group
            .get(fold(group).as_ref())
            .copied()
            .unwrap_or_default()
    }

    pub(crate) fn trusted(&self) -> Option<&[AddressRange]> {
        self.trusted.as_deref()
    }
}

/// The same addresses in as few ranges as possible, ascending.
fn merged(mut ranges: Vec<AddressRange>) -> Vec<AddressRange> {
    ranges.sort_unstable();
    let mut found: Vec<AddressRange> = Vec::new();
    for range in ranges {
        match found.last_mut() {
            Some(last) if range.first <= last.last.saturating_add(1) => {
                last.last = last.last.max(range.last);
            }
            _ => found.push(range),
        }
    }
    found
}
