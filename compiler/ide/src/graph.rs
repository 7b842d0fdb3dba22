//! The decision DAG of a project as a picture.

use gatewright_analysis::words::{Labels, effect};
use gatewright_decision::{DrawOptions, svg};

use crate::Snapshot;

/// A picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Graph {
    /// What is to be seen.
    pub title: String,
    /// The picture, as SVG.
    pub svg: String,
}

/// Draw when each policy of a project applies, or when those of this name do. Cost: building the
/// decision DAG.
///
/// # Errors
/// Why there is nothing to draw.
pub fn decision_graph(snapshot: &Snapshot, policy: Option<&str>) -> Result<Graph, String> {
    let compilation = snapshot.compilation();
    let set = &compilation.set;
    if set.policies.is_empty() {
        return Err("the project has no policies".to_owned());
    }
    let all = set.policies.iter().enumerate();
    let places = policy.map(|name| {
        let named = all.filter(|(_, policy)| policy.display_name == name || policy.id == name);
        named.map(|(place, _)| place).collect::<Vec<_>>()
    });
    let title = match (policy, places.as_deref()) {
        (Some(name), Some([])) => return Err(format!("no policy is called `{name}`")),
        (Some(name), _) => format!("When `{name}` applies"),
        (None, _) => "When each policy applies".to_owned(),
    };
    let decisions = compilation.decisions();
    let labels = Labels::new(set);
    let options = DrawOptions {
        policies: places.unwrap_or_default(),
        names: set
            .policies
            .iter()
            .map(|policy| policy.display_name.clone())
            .collect(),
        effects: set
            .policies
            .iter()
            .map(|policy| effect(set, policy))
            .collect(),
        naming: &labels,
        choice: "the lens of a policy draws that one",
        ..DrawOptions::default()
    };
    Ok(Graph {
        svg: svg(&decisions, &options, &title.replace('`', "")),
        title,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    const PROJECT: &str = "policy \"Ä & 😀\" { state enabled users all apps all signInRisk [high] block }\n\
        policy \"B\" { state reportOnly users all apps all require mfa }\n";

    #[test]
    fn a_project_or_a_policy_of_it_is_drawn() {
        let fixture = Fixture::new(PROJECT);
        let all = decision_graph(&fixture.snapshot, None).unwrap();
        assert!(all.svg.starts_with("<svg"), "{}", &all.svg[..40]);
        assert!(all.svg.contains("Ä &amp; 😀") && all.svg.contains("report-only"));
        let one = decision_graph(&fixture.snapshot, Some("Ä & 😀")).unwrap();
        assert_eq!(one.title, "When `Ä & 😀` applies");
        assert!(!one.svg.contains("report-only"));
    }

    #[test]
    fn what_cannot_be_drawn_is_said() {
        let fixture = Fixture::new(PROJECT);
        let error = decision_graph(&fixture.snapshot, Some("C")).unwrap_err();
        assert!(error.contains("`C`"));
        assert!(decision_graph(&Fixture::new("").snapshot, None).is_err());
    }

    #[test]
    fn a_broken_project_is_drawn_as_far_as_it_is_understood() {
        let fixture = Fixture::new(&format!("{PROJECT}policy \"C\" {{ users"));
        assert!(decision_graph(&fixture.snapshot, Some("B")).is_ok());
    }
}
