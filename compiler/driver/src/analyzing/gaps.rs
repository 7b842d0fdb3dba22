//! Where nothing is required, in few sentences.

use gatewright_analysis::analyze::Gap;

use super::{Teller, ToldGap, ToldRegion, naming};
use crate::regions::{Region, RegionFact, Regions};

/// What a gap leaves out is told of these; of other facts that are usual nobody has to be told.
const EXCEPT: [&str; 4] = ["user.groups", "user.roles", "app.ids", "location.names"];

/// What is asked for in place of a resource.
const TARGETS: [&str; 2] = ["app.action", "app.context"];

/// A gap with the facts that make its sentence.
struct Unmerged {
    gap: ToldGap,
    /// The unusual ones.
    facts: Vec<RegionFact>,
}

impl Teller<'_> {
    /// The gaps, those as one that are unusual in the same way, or in all ways but one.
    pub(super) fn gaps(&self) -> Vec<ToldGap> {
        let mut told: Vec<Unmerged> = Vec::new();
        for gap in &self.analysis.gaps.items {
            let one = self.gap(gap);
            let same = |known: &&mut Unmerged| {
                known.gap.persona == one.gap.persona && known.facts == one.facts
            };
            match told.iter_mut().find(same) {
                Some(known) => known.gap.regions.extend(one.gap.regions),
                None => told.push(one),
            }
        }
        let mut place = 0;
        while place < told.len() {
            let (before, after) = told.split_at_mut(place);
            let merged = after.first().is_some_and(|one| {
                let mut before = before.iter_mut();
                before.any(|known| known.take(one))
            });
            if merged {
                told.remove(place);
            } else {
                place += 1;
            }
        }
        told.into_iter().map(Unmerged::told).collect()
    }

    fn gap(&self, gap: &Gap) -> Unmerged {
        let regions = Regions {
            space: &self.analysis.space,
            lexicon: self.set,
            ordinary: &self.analysis.ordinary,
            marks: None,
        };
        let within = regions.region(&gap.region.within);
        let without = gap.region.without.iter();
        let without: Vec<Region> = without.map(|cube| regions.region(cube)).collect();
        let mut told = within.facts.iter();
        let target = told.find(|fact| fact.attribute == "signIn.target");
        let is_resource = target.is_none_or(|target| target.is_usual);
        let (usual, facts): (Vec<_>, Vec<_>) = within.facts.iter().cloned().partition(|fact| {
            // Of what is asked for in place of a resource, nothing is a matter of course.
            fact.is_usual && (is_resource || !TARGETS.contains(&fact.attribute.as_str()))
        });
        let is_except = |fact: &RegionFact| EXCEPT.contains(&fact.attribute.as_str());
        let except = usual.into_iter().filter(is_except);
        let mut unless: Vec<String> = without.iter().map(together).collect();
        unless.sort_unstable();
        let persona = gap.persona.as_ref();
        let gap = ToldGap {
            persona: persona.map(|one| naming::persona(self.set, &one.kind).0),
            sentence: String::new(),
            except: except.map(|fact| fact.says).collect(),
            unless,
            regions: vec![ToldRegion { within, without }],
            witness: self.court.admitted("a gap", &gap.witness),
        };
        Unmerged { gap, facts }
    }
}

impl Unmerged {
    /// Take in a gap which differs in one fact about the same thing, such as the user. What either
    /// lacks, both do then: what is told of them is true of all.
    fn take(&mut self, other: &Unmerged) -> bool {
        let (mine, theirs) = (&self.gap, &other.gap);
        if mine.persona != theirs.persona
            || mine.except != theirs.except
            || self.facts.len() != other.facts.len()
        {
            return false;
        }
        let is_new = |fact: &&RegionFact| !self.facts.contains(*fact);
        let mut new = other.facts.iter().filter(is_new);
        let (Some(next), None) = (new.next(), new.next()) else {
            return false;
        };
        let is_gone = |fact: &&mut RegionFact| !other.facts.contains(&**fact);
        let Some(one) = self.facts.iter_mut().find(is_gone) else {
            return false;
        };
        if thing(one) != thing(next) {
            return false;
        }
        // What is said already, more widely, goes without saying.
        if !one.says.starts_with(&next.says) {
            one.says = format!("{}, or {}", one.says, next.says);
        }
        let unless = &mut self.gap.unless;
        unless.extend(theirs.unless.iter().cloned());
        unless.sort_unstable();
        unless.dedup();
        self.gap.regions.extend(theirs.regions.iter().cloned());
        true
    }

    fn told(mut self) -> ToldGap {
        // Whoever asks for an action asks for no resource.
        let mut facts = self.facts.iter();
        let is_action = facts.any(|fact| !fact.is_usual && fact.attribute == "app.action");
        let facts = self.facts.iter();
        let facts = facts.filter(|fact| !is_action || fact.attribute != "signIn.target");
        let says: Vec<&str> = facts.map(|fact| fact.says.as_str()).collect();
        self.gap.sentence = match says.as_slice() {
            [] => "ordinary sign-ins".to_owned(),
            says => says.join("; "),
        };
        self.gap
    }
}

/// What a fact is about: `user`, `location`.
fn thing(fact: &RegionFact) -> &str {
    let name = fact.attribute.split_once('.');
    name.map_or("", |(thing, _)| thing)
}

/// A corner in words.
fn together(corner: &Region) -> String {
    let says = corner.facts.iter().map(|fact| fact.says.as_str());
    says.collect::<Vec<_>>().join(", and ")
}
